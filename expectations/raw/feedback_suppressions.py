"""Suppressions: each once, for a reason that is known. One too many costs a message, one too few a complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches, once

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("suppression_id", "reason")
KEY = "suppression_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.feedback_suppressions",
        expectations=[
            once("suppression_id", "A suppression was landed twice; look at what its destination answers."),
            matches(
                "reason",
                "^(?:bounced|complained|unsubscribed|blocked)$",
                1.0,
                "critical",
                "The destination's file in activations/destinations must say which of the four it is.",
            ),
        ],
    )
