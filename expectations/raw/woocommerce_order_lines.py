"""Order lines of WooCommerce: each belongs to an order, most to a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("order_line_id", "order_id", "product_id", "updated_at", "_landed_at")
KEY = "order_line_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.woocommerce_order_lines",
        expectations=[
            each_version_once("order_line_id", "updated_at"),
            present("order_id", 1.0, "critical", "A line without an order cannot be counted; check the source."),
            present("product_id", 0.5, "warning", "Most lines name no product: figures by product will miss them."),
        ],
    )
