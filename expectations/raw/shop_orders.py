"""Orders: money that can be money, and people behind most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "order_id",
    "customer_id",
    "currency",
    "total_amount",
    "ordered_at",
    "updated_at",
    "_landed_at",
)
KEY = "order_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shop_orders",
        expectations=[
            each_version_once("order_id", "updated_at"),
            within("total_amount", 0, None, "critical", "An order cannot cost less than nothing; refunds have their own table."),
            within("total_amount", None, 1_000_000, "warning", "Check the unit: amounts are in the currency, not in cents.", share=0.999),
            matches("currency", "^[A-Z]{3}$", 0.99, "warning", "Give currencies as ISO 4217 codes, for example EUR."),
            present(
                "customer_id",
                0.5,
                "warning",
                "Most orders have no customer: check the shop's export, or that guests are meant to be so many.",
            ),
        ],
    )
