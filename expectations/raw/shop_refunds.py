"""Refunds: money given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "refund_id",
    "order_id",
    "amount",
    "refunded_at",
    "updated_at",
    "_landed_at",
)
KEY = "refund_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shop_refunds",
        expectations=[
            each_version_once("refund_id", "updated_at"),
            present("order_id", 1.0, "critical", "A refund without its order would be lost from the customer's total."),
            within("amount", 0, None, "critical", "A refund is a positive amount."),
        ],
    )
