"""Orders of KeyCRM: each comes from somewhere, most from somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("order_id", "source_id", "buyer_id", "updated_at", "_landed_at", "_is_deleted")
KEY = "order_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.keycrm_orders",
        expectations=[
            each_version_once("order_id", "updated_at", "_is_deleted"),
            present("source_id", 1.0, "warning", "An order without a source has no currency; give it one in KeyCRM."),
            present("buyer_id", 0.5, "critical", "Check that orders come with their buyers (include=buyer)."),
        ],
    )
