"""What lands of WooCommerce. Amounts are without tax, which stands beside them, but for an order's total and its refunds.
One file: the tables of one system."""

from __future__ import annotations

from orchestration.sources.rest import OTHER
from orchestration.sources.table import EACH_RUN, EACH_WEEK, Column, Reference, Table, moment, money, text

CUSTOMERS = Table(
    "woocommerce",
    "customers",
    deletes=EACH_RUN,
    key=("customer_id",),
    event_time="created_at",
    watermark=None,  # one that was never edited has no time of change
    description="Customer accounts of the WooCommerce shop that are new or have changed.",
    columns=(
        text("customer_id", required=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("company_name"),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        moment("created_at", required=True),
        moment("updated_at"),
        OTHER,
    ),
)

ORDERS = Table(
    "woocommerce",
    "orders",
    deletes=EACH_WEEK,
    key=("order_id",),
    event_time="ordered_at",
    description="Orders of the WooCommerce shop that changed since the last run, those in the bin included.",
    refers_to=(Reference("customer_id", "customers"),),
    columns=(
        text("order_id", required=True),
        text("customer_id"),
        text("status", required=True),
        text("currency", required=True),
        money("discount_total"),
        money("discount_tax"),
        money("shipping_total"),
        money("shipping_tax"),
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
        moment("paid_at"),
        moment("ordered_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

ORDER_LINES = Table(
    "woocommerce",
    "order_lines",
    key=("order_line_id",),
    event_time="updated_at",
    description="Lines of the WooCommerce orders that changed since the last run.",
    refers_to=(Reference("order_id", "orders", whole=True),),
    columns=(
        text("order_line_id", required=True),
        text("order_id", required=True),
        text("product_id"),
        Column("quantity", "BIGINT", required=True, minimum=0),
        money("subtotal", required=True),
        money("subtotal_tax"),
        money("total", required=True),
        money("total_tax"),
        moment("updated_at", required=True),
        OTHER,
    ),
)

REFUNDS = Table(
    "woocommerce",
    "refunds",
    key=("refund_id",),
    event_time="refunded_at",
    description="Refunds of the WooCommerce orders that changed since the last run.",
    refers_to=(Reference("order_id", "orders"),),
    columns=(
        text("refund_id", required=True),
        text("order_id", required=True),
        money("amount", required=True),
        text("reason"),
        moment("refunded_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

REFUND_LINES = Table(
    "woocommerce",
    "refund_lines",
    key=("refund_line_id",),
    event_time="updated_at",
    description="What came back with the refunds of the WooCommerce orders that changed since the last run.",
    columns=(
        text("refund_line_id", required=True),
        text("refund_id", required=True),
        text("order_id", required=True),
        text("order_line_id"),
        text("product_id"),
        Column("quantity", "BIGINT", required=True, minimum=0),
        money("total"),
        money("total_tax"),
        moment("updated_at", required=True),
        OTHER,
    ),
)

PRODUCTS = Table(
    "woocommerce",
    "products",
    deletes=EACH_WEEK,
    key=("product_id",),
    event_time="created_at",
    description="Products of the WooCommerce shop that changed since the last run.",
    columns=(
        text("product_id", required=True),
        text("name", required=True),
        text("category"),
        text("brand", optional=True),
        money("price_amount"),
        Column("stock_quantity", "BIGINT"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

#: Fields that are meant to stay there; any other that is not declared is kept and reported.
LEFT_THERE = {
    ORDERS: (
        "parent_id number order_key created_via version date_created date_modified date_paid date_completed date_completed_gmt"
        " cart_tax prices_include_tax customer_ip_address customer_user_agent customer_note shipping payment_method"
        " payment_method_title transaction_id cart_hash meta_data line_items tax_lines shipping_lines fee_lines refunds"
        " payment_url is_editable needs_payment needs_processing currency_symbol _links"
    ),
    CUSTOMERS: ("date_created date_modified role username shipping is_paying_customer avatar_url meta_data _links"),
    ORDER_LINES: ("name variation_id tax_class taxes meta_data sku global_unique_id price image parent_name"),
    REFUNDS: ("date_created refunded_by refunded_payment meta_data line_items shipping_lines tax_lines fee_lines _links"),
    REFUND_LINES: "name variation_id tax_class subtotal subtotal_tax taxes sku global_unique_id price image parent_name",
    PRODUCTS: (
        "slug permalink date_created date_modified type status featured catalog_visibility description short_description sku"
        " global_unique_id regular_price sale_price date_on_sale_from date_on_sale_from_gmt date_on_sale_to date_on_sale_to_gmt"
        " on_sale purchasable total_sales virtual downloadable downloads download_limit download_expiry external_url button_text"
        " tax_status tax_class manage_stock backorders backorders_allowed backordered low_stock_amount sold_individually weight"
        " dimensions shipping_required shipping_taxable shipping_class shipping_class_id reviews_allowed average_rating"
        " rating_count upsell_ids cross_sell_ids parent_id purchase_note tags images attributes default_attributes variations"
        " grouped_products menu_order price_html related_ids meta_data stock_status has_options post_password _links"
    ),
}
