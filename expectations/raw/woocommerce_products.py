"""Products of WooCommerce: each version once, with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("product_id", "name", "updated_at", "_landed_at")
KEY = "product_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.woocommerce_products",
        expectations=[
            each_version_once("product_id", "updated_at"),
            present("name", 1.0, "critical", "A product without a name cannot be shown; check the source."),
        ],
    )
