"""Reviews: each version once, and of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("review_id", "product_id", "updated_at", "_landed_at")
KEY = "review_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.service_reviews",
        expectations=[
            each_version_once("review_id", "updated_at"),
            present(
                "product_id", 0.9, "warning", "Check that the export names the product: a review without it says something of the shop."
            ),
        ],
    )
