"""Deliveries: every message is in one state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "message_id",
    "status",
    "updated_at",
    "_landed_at",
)
KEY = "message_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.feedback_deliveries",
        expectations=[
            each_version_once("message_id", "updated_at", "status"),
            matches(
                "status",
                "^(?:sending|accepted|rejected|unknown|pending)$",
                1.0,
                "critical",
                "Caps and holdouts rest on this state; look at the ledger.",
            ),
        ],
    )
