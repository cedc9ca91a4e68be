"""Rows of syncs: each names its sync and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("sync_id", "outcome")
KEY = "sync_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.feedback_sync_rows",
        expectations=[
            matches(
                "outcome",
                "^(?:accepted|rejected|in_doubt|held|left|nothing)$",
                1.0,
                "critical",
                "marts.sync_rows says what comes next by these words; look at activations/syncs/standing.py.",
            ),
        ],
    )
