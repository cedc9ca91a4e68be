"""Products: a price on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "product_id",
    "price_amount",
    "updated_at",
    "_landed_at",
)
KEY = "product_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shop_products",
        expectations=[
            each_version_once("product_id", "updated_at"),
            within("price_amount", 0, None, "critical", "A price cannot be below zero."),
        ],
    )
