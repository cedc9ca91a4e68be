"""The shop's database: customers, products, orders with lines, refunds with their lines and shipments. Any database that SQLAlchemy speaks.
One file: the tables of one system."""

from __future__ import annotations

from orchestration.sources.table import EACH_RUN, MOST_PIECES, Column, Reference, Table, count, moment, money, text

UPDATED_AT = moment("updated_at", required=True)

CUSTOMERS = Table(
    "shop",
    "customers",
    description="Customer accounts of the shop that changed since the last run.",
    key=("customer_id",),
    event_time="created_at",
    deletes=EACH_RUN,
    columns=(
        text("customer_id", required=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("street", personal=True, optional=True),
        text("postal_code", optional=True),
        text("city", optional=True),
        text("country_code"),
        text("company_name", optional=True),
        text("brand", optional=True),
        moment("created_at", required=True),
        UPDATED_AT,
    ),
)

PRODUCTS = Table(
    "shop",
    "products",
    description="Products of the shop that changed since the last run.",
    key=("product_id",),
    event_time="created_at",
    deletes=EACH_RUN,
    columns=(
        text("product_id", required=True),
        text("name", required=True),
        text("category"),
        text("brand"),
        money("price_amount"),
        text("currency"),
        count("stock_quantity"),
        moment("created_at", required=True),
        UPDATED_AT,
    ),
)

ORDERS = Table(
    "shop",
    "orders",
    description="Orders of the shop that changed since the last run.",
    key=("order_id",),
    event_time="ordered_at",
    deletes=EACH_RUN,
    refers_to=(Reference("customer_id", "customers"),),
    columns=(
        text("order_id", required=True),
        text("customer_id"),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True, optional=True),
        text("last_name", personal=True, optional=True),
        text("street", personal=True, optional=True),
        text("postal_code", optional=True),
        text("city", optional=True),
        text("brand", optional=True),
        text("status", required=True, values=("pending", "paid", "shipped", "delivered", "cancelled")),
        text("currency", required=True),
        money("discount_amount"),
        money("shipping_amount"),
        money("tax_amount"),
        money("total_amount", required=True),
        text("coupon_code"),
        text("country_code"),
        moment("ordered_at", required=True),
        UPDATED_AT,
    ),
)

ORDER_LINES = Table(
    "shop",
    "order_lines",
    description="Order lines that changed since the last run.",
    key=("order_line_id",),
    event_time="updated_at",
    deletes=EACH_RUN,
    refers_to=(
        Reference("order_id", "orders", whole=True),
        Reference("product_id", "products"),
    ),
    columns=(
        text("order_line_id", required=True),
        text("order_id", required=True),
        text("product_id", required=True),
        count("quantity", required=True, above=0, maximum=MOST_PIECES),
        money("unit_price_amount", required=True),
        money("discount_amount"),
        UPDATED_AT,
    ),
)

REFUNDS = Table(
    "shop",
    "refunds",
    description="Refunds that came or changed since the last run.",
    key=("refund_id",),
    event_time="refunded_at",
    deletes=EACH_RUN,
    refers_to=(Reference("order_id", "orders"),),
    columns=(
        text("refund_id", required=True),
        text("order_id", required=True),
        money("amount", required=True, above=0),
        text("reason"),
        moment("refunded_at", required=True),
        UPDATED_AT,
    ),
)

REFUND_LINES = Table(
    "shop",
    "refund_lines",
    description="What was given back with the refunds, by line of the order, that came or changed since the last run.",
    key=("refund_line_id",),
    event_time="updated_at",
    deletes=EACH_RUN,
    optional=True,
    refers_to=(Reference("order_id", "orders"), Reference("refund_id", "refunds")),
    columns=(
        text("refund_line_id", required=True),
        text("refund_id", required=True),
        text("order_id", required=True),
        text("order_line_id", optional=True),
        text("product_id", optional=True),
        count("quantity", required=True, above=0, maximum=MOST_PIECES),
        Column("amount", "DECIMAL(18,4)", minimum=0, optional=True),
        UPDATED_AT,
    ),
)

SHIPMENTS = Table(
    "shop",
    "shipments",
    description="Shipments that came or moved since the last run.",
    key=("shipment_id",),
    event_time="updated_at",
    deletes=EACH_RUN,
    refers_to=(Reference("order_id", "orders"),),
    columns=(
        text("shipment_id", required=True),
        text("order_id", required=True),
        text("status", required=True, values=("packed", "shipped", "delivered", "returned")),
        moment("shipped_at"),
        moment("delivered_at"),
        UPDATED_AT,
    ),
)

TABLES = (CUSTOMERS, PRODUCTS, ORDERS, ORDER_LINES, REFUNDS, REFUND_LINES, SHIPMENTS)
