"""Customer accounts: addresses that look like addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, looks_like_email, matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "customer_id",
    "email",
    "country_code",
    "created_at",
    "updated_at",
    "_landed_at",
)
KEY = "customer_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shop_customers",
        expectations=[
            each_version_once("customer_id", "updated_at"),
            looks_like_email("email", 0.5, "critical"),
            looks_like_email("email", 0.95, "warning"),
            matches(
                "country_code",
                "^[A-Z]{2}$",
                0.95,
                "warning",
                "Give countries as ISO 3166 codes, for example DE: phone numbers are read by them.",
            ),
        ],
    )
