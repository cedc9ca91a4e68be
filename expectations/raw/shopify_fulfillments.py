"""Shipments: every parcel belongs to an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "fulfillment_id",
    "order_id",
    "updated_at",
    "_landed_at",
)
KEY = "fulfillment_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.shopify_fulfillments",
        expectations=[
            each_version_once("fulfillment_id", "updated_at"),
            present("order_id", 1.0, "critical", "A parcel without its order cannot hold back a message about it."),
        ],
    )
