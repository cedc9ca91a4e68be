"""Webhook events: each once, and never more bad news than good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches, once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "event_id",
    "status",
    "occurred_at",
)
KEY = "event_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.feedback_webhook_events",
        expectations=[
            once("event_id", "An event was landed twice; caps would count it twice."),
            present("occurred_at", 1.0, "critical", "An event without a time cannot be placed."),
            matches(
                "status",
                "^(?!bounced|complained|failed)",
                0.5,
                "warning",
                "Most messages bounce or annoy: stop the campaign and look at the list.",
            ),
        ],
    )
