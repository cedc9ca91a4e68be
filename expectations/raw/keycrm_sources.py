"""Where orders of KeyCRM come from: currencies that are currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("source_id", "currency", "_landed_at", "_is_deleted")
KEY = "source_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.keycrm_sources",
        expectations=[
            each_version_once("source_id", "_is_deleted"),
            matches("currency", "^[A-Z]{3}$", 0.99, "critical", "Give each source of orders in KeyCRM its currency as an ISO 4217 code."),
        ],
    )
