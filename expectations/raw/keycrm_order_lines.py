"""Lines of KeyCRM's orders: most name a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("order_line_id", "product_id", "updated_at", "_landed_at", "_is_deleted")
KEY = "order_line_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.keycrm_order_lines",
        expectations=[
            each_version_once("order_line_id", "updated_at", "_is_deleted"),
            present("product_id", 0.5, "warning", "Sell offers of the catalogue, so that lines name a product."),
        ],
    )
