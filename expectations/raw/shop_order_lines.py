"""Order lines: a product, a quantity and a price on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "order_line_id",
    "order_id",
    "product_id",
    "quantity",
    "unit_price_amount",
    "updated_at",
    "_landed_at",
)
KEY = "order_line_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shop_order_lines",
        expectations=[
            each_version_once("order_line_id", "updated_at"),
            present("order_id", 1.0, "critical", "A line without its order cannot be counted; mend it in the shop."),
            within("quantity", 1, None, "critical", "A line sells at least one; returns are refunds."),
            within("quantity", None, 10_000, "warning", "Check the unit of the quantity.", share=0.999),
            within("unit_price_amount", 0, None, "critical", "A price cannot be below zero; discounts have their own column."),
        ],
    )
