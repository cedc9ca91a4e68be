"""What lands of Shopify. Amounts are in the shop's currency. One file: one list of tables."""

from __future__ import annotations

from orchestration.sources.table import EACH_WEEK, Column, Reference, Table, moment, money, text

CUSTOMERS = Table(
    "shopify",
    "customers",
    deletes=EACH_WEEK,
    key=("customer_id",),
    event_time="created_at",
    description="Customers of the Shopify shop that changed since the last run, with what they allowed.",
    columns=(
        text("customer_id", required=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("company_name"),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        text("email_consent"),
        moment("email_consent_at"),
        text("sms_consent"),
        moment("sms_consent_at"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)

ORDERS = Table(
    "shopify",
    "orders",
    deletes=None,  # EACH_WEEK with the scope read_all_orders alone: without it only those of the last 60 days are listed
    key=("order_id",),
    event_time="created_at",
    description="Orders of the Shopify shop that changed since the last run, test orders included.",
    refers_to=(Reference("customer_id", "customers"),),
    columns=(
        text("order_id", required=True),
        text("customer_id"),
        Column("is_test", "BOOLEAN", required=True),
        text("financial_status"),
        text("fulfillment_status"),
        moment("cancelled_at"),
        text("currency", required=True),
        money("discount_amount"),
        money("shipping_amount"),
        money("tax_amount"),
        money("total_amount", required=True),
        text("coupon_codes"),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        moment("processed_at"),  # when it was placed; of an imported order created_at is when it was imported
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)

ORDER_LINES = Table(
    "shopify",
    "order_lines",
    key=("order_line_id",),
    event_time="updated_at",
    description="Lines of the Shopify orders that changed since the last run.",
    refers_to=(Reference("order_id", "orders", whole=True),),
    columns=(
        text("order_line_id", required=True),
        text("order_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        text("product_id"),
        Column("quantity", "BIGINT", required=True, minimum=0),
        money("unit_price_amount", required=True),
        money("discount_amount"),
        moment("updated_at", required=True),
    ),
)

REFUNDS = Table(
    "shopify",
    "refunds",
    key=("refund_id",),
    event_time="refunded_at",
    description="Refunds of the Shopify orders that changed since the last run.",
    refers_to=(Reference("order_id", "orders"),),
    columns=(
        text("refund_id", required=True),
        text("order_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        money("amount", required=True),
        text("reason"),
        moment("refunded_at"),
        moment("updated_at", required=True),
    ),
)

REFUND_LINES = Table(
    "shopify",
    "refund_lines",
    key=("refund_line_id",),
    event_time="updated_at",
    description="What came back with the refunds of the Shopify orders that changed since the last run.",
    columns=(
        text("refund_line_id", required=True),
        text("refund_id", required=True),
        text("order_id", required=True),
        text("order_line_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        Column("quantity", "BIGINT", required=True, minimum=0),
        money("amount"),
        moment("updated_at", required=True),
    ),
)

FULFILLMENTS = Table(
    "shopify",
    "fulfillments",
    key=("fulfillment_id",),
    event_time="created_at",
    description="Parcels of the Shopify orders that changed since the last run.",
    refers_to=(Reference("order_id", "orders"),),
    columns=(
        text("fulfillment_id", required=True),
        text("order_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        text("status", required=True),
        text("display_status"),
        moment("in_transit_at"),
        moment("delivered_at"),
        moment("created_at", required=True),
        moment("changed_at", required=True),
        moment("updated_at", required=True),
    ),
)

PRODUCTS = Table(
    "shopify",
    "products",
    deletes=EACH_WEEK,
    key=("product_id",),
    event_time="created_at",
    description="Products of the Shopify shop that changed since the last run.",
    columns=(
        text("product_id", required=True),
        text("name", required=True),
        text("category"),
        text("brand"),
        money("price_amount"),
        text("currency"),
        Column("stock_quantity", "BIGINT"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)
