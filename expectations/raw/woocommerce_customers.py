"""Customers of WooCommerce: each version once, with addresses that look like some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, looks_like_email

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("customer_id", "email", "updated_at", "_landed_at")
KEY = "customer_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.woocommerce_customers",
        expectations=[
            each_version_once("customer_id", "updated_at"),
            looks_like_email("email", 0.95, "warning"),
        ],
    )
