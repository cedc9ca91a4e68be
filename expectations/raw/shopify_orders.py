"""Orders of Shopify: money that can be money, and people behind most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("order_id", "email", "currency", "total_amount", "updated_at", "_landed_at")
KEY = "order_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shopify_orders",
        expectations=[
            each_version_once("order_id", "updated_at"),
            matches(
                "currency",
                "^[A-Z]{3}$",
                1.0,
                "critical",
                "Amounts without an ISO 4217 currency cannot be added up; check the shop's settings.",
            ),
            within("total_amount", None, 1_000_000, "warning", "Check the unit: amounts are in the currency, not in cents.", share=0.999),
            present("email", 0.5, "warning", "Most orders have no address: nobody can be written to. Check what the key may read."),
        ],
    )
