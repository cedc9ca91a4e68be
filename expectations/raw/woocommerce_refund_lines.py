"""Lines of refunds of WooCommerce: pieces that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("refund_line_id", "order_id", "quantity", "total", "updated_at", "_landed_at")
KEY = "refund_line_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.woocommerce_refund_lines",
        expectations=[
            each_version_once("refund_line_id", "updated_at"),
            present("order_id", 1.0, "critical", "A returned line without its order would be lost from the customer's returns."),
            within("quantity", 0, 10_000, "warning", "Pieces that came back are a positive number, and few."),
            within("total", 0, 1_000_000, "warning", "Check the unit: amounts are in the currency, not in cents.", share=0.999),
        ],
    )
