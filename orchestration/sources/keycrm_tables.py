"""The tables of KeyCRM: buyers, orders with their lines, and where orders come from. keycrm.py fetches them."""

from __future__ import annotations

from orchestration.sources.rest import OTHER
from orchestration.sources.table import EACH_WEEK, Column, Reference, Table, count, moment, money, text

BUYERS = Table(
    "keycrm",
    "buyers",
    deletes=EACH_WEEK,
    key=("buyer_id",),
    event_time="created_at",
    description="Buyers of KeyCRM that changed since the last run.",
    columns=(
        text("buyer_id", required=True),
        text("name", personal=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("birth_date", personal=True),
        text("company_name"),
        text("country_code"),  # it has none: a number without its country's code cannot be read
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

ORDERS = Table(
    "keycrm",
    "orders",
    deletes=None,  # orders are cancelled; to list the ids of 500,000 takes hours
    key=("order_id",),
    event_time="created_at",
    description="Orders of KeyCRM that changed since the last run.",
    refers_to=(Reference("buyer_id", "buyers"),),
    columns=(
        text("order_id", required=True),
        text("source_id"),
        text("source_order_id"),
        text("buyer_id"),
        text("name", personal=True),
        text("email", personal=True),
        text("phone", personal=True),
        count("status_group_id", required=True),
        text("payment_status", values=("not_paid", "part_paid", "paid", "overpaid")),
        money("discount_amount"),
        money("shipping_amount"),
        money("tax_amount"),
        money("total_amount", required=True),
        text("coupon_code"),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        moment("ordered_at"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

ORDER_LINES = Table(
    "keycrm",
    "order_lines",
    key=("order_line_id",),
    event_time="updated_at",
    description="Lines of the orders of KeyCRM that changed since the last run.",
    refers_to=(Reference("order_id", "orders", whole=True),),
    columns=(
        text("order_line_id", required=True),
        text("order_id", required=True),
        text("product_id"),
        text("sku"),
        Column("quantity", "DECIMAL(18,4)", required=True, above=0),  # cloth is sold by the metre
        money("unit_price_amount", required=True),
        money("discount_amount"),
        moment("updated_at", required=True),
        OTHER,
    ),
)

SOURCES = Table(
    "keycrm",
    "sources",
    key=("source_id",),
    event_time="_landed_at",
    watermark=None,
    description="Where orders of KeyCRM come from, and in which currency.",
    columns=(text("source_id", required=True), text("name"), text("currency", required=True), OTHER),
)
