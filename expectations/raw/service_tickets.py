"""Support tickets: each version once, with a person to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, looks_like_email

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("ticket_id", "email", "updated_at", "_landed_at")
KEY = "ticket_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.service_tickets",
        expectations=[
            each_version_once("ticket_id", "updated_at"),
            looks_like_email("email", 0.5, "critical"),
            looks_like_email("email", 0.95, "warning"),
        ],
    )
