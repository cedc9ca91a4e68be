"""Webhook events: each once, with a time, in our words. A provider may be set to tell of bounces alone: shares say nothing here."""

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
                "^(?:queued|sent|rejected|failed|bounced|deferred|delivered|opened|clicked|complained|unsubscribed)$",
                1.0,
                "critical",
                "The vendor's file in activations/webhooks must say which of our words it is.",
            ),
        ],
    )
