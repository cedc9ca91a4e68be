"""Refunds of Shopify: each version once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("refund_id", "updated_at", "_landed_at")
KEY = "refund_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shopify_refunds",
        expectations=[
            each_version_once("refund_id", "updated_at"),
        ],
    )
