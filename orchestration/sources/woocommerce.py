"""WooCommerce's orders, lines, refunds, customers and products, from its REST API v3 (woocommerce.github.io/woocommerce-rest-api-docs).

Newest first, so that what comes while it is paged moves no record to a page that was read before. Customers cannot be asked for by when
they changed, and are read whole. The token is the key and the secret with a colon between them. Orders in the bin are listed apart.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from orchestration.sources.fields import Json
from orchestration.sources.http import Api, Request
from orchestration.sources.paging import PageNumber
from orchestration.sources.rest import Endpoint, Vendor, Via, timestamp
from orchestration.sources.table import Table
from orchestration.sources.woocommerce_tables import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS, REFUNDS

ROOT = "wp-json/wc/v3"
_PAGES = PageNumber(total="X-WP-Total", pages="X-WP-TotalPages")
_BILLED_TO: dict[str, str | Via] = {
    "phone": "billing.phone",
    "street": "billing.address_1",
    "postal_code": "billing.postcode",
    "city": "billing.city",
    "country_code": "billing.country",
}
_DATES: dict[str, str | Via] = {"created_at": "date_created_gmt", "updated_at": "date_modified_gmt"}


def _basic(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {b64encode(token.encode()).decode()}"}


def _since(request: Request, moment: datetime) -> Request:
    return request.having(modified_after=timestamp(moment).removesuffix("Z"), dates_are_gmt="true")


def _unless_zero(number: object) -> object:
    """A guest's customer number, and a product's that is gone, is 0."""
    return number or None


def _first(listed: list[Json]) -> object:
    return listed[0].get("name") if listed else None


def _refunds(api: Api, orders: list[Json]) -> None:
    """Puts what an order says of its refunds (no date) in full."""
    for order in orders:
        if order["refunds"]:
            order["refunds"] = api.ask(Request(f"{ROOT}/orders/{order['id']}/refunds", {"per_page": "100"})).body


def _listed(
    table: Table,
    path: str,
    fields: Mapping[str, str | Via],
    *,
    known: str,
    since: Callable[[Request, datetime], Request] | None = _since,
    each: str = "",
    widen: Callable[[Api, list[Json]], None] | None = None,
    **params: str,
) -> Endpoint:
    asked = Request(f"{ROOT}/{path}", {"per_page": "100", "orderby": "id", "order": "desc", **params})
    return Endpoint(table, asked, _PAGES, "", fields, since=since, each=each, widen=widen, known=tuple(known.split()))


_ORDERS = _listed(
    ORDERS,
    "orders",
    {
        **_BILLED_TO,
        "order_id": "id",
        "customer_id": Via("customer_id", _unless_zero, ("a number",)),
        "status": "status",
        "currency": "currency",
        "discount_total": "discount_total",
        "discount_tax": "discount_tax",
        "shipping_total": "shipping_total",
        "shipping_tax": "shipping_tax",
        "tax_amount": "total_tax",
        "total_amount": "total",
        "coupon_codes": Via("coupon_lines", lambda lines: ",".join(line["code"] for line in lines)),
        "email": "billing.email",
        "first_name": "billing.first_name",
        "last_name": "billing.last_name",
        "paid_at": "date_paid_gmt",
        "ordered_at": "date_created_gmt",
        "updated_at": "date_modified_gmt",
    },
    known="parent_id number order_key created_via version date_created date_modified date_paid date_completed date_completed_gmt cart_tax"
    " prices_include_tax customer_ip_address customer_user_agent customer_note shipping payment_method payment_method_title transaction_id"
    " cart_hash meta_data line_items tax_lines shipping_lines fee_lines refunds payment_url is_editable needs_payment needs_processing"
    " currency_symbol _links",
)

WOOCOMMERCE = Vendor(
    "woocommerce",
    "",
    _basic,
    endpoints=(
        _listed(
            CUSTOMERS,
            "customers",
            {
                **_BILLED_TO,
                **_DATES,
                "customer_id": "id",
                "email": "email",
                "first_name": "first_name",
                "last_name": "last_name",
                "company_name": "billing.company",
            },
            known="date_created date_modified role username shipping is_paying_customer avatar_url meta_data _links",
            since=None,
            role="all",
        ),
        _ORDERS,
        replace(_ORDERS, request=_ORDERS.request.having(status="trash")),
        _listed(
            ORDER_LINES,
            "orders",
            {
                "order_line_id": "id",
                "order_id": "^id",
                "product_id": Via("product_id", _unless_zero, ("a number",)),
                "quantity": "quantity",
                "subtotal": "subtotal",
                "subtotal_tax": "subtotal_tax",
                "total": "total",
                "total_tax": "total_tax",
                "updated_at": "^date_modified_gmt",
            },
            known="name variation_id tax_class taxes meta_data sku global_unique_id price image parent_name",
            each="line_items",
        ),
        _listed(
            REFUNDS,
            "orders",
            {
                "refund_id": "id",
                "order_id": "^id",
                "amount": "amount",
                "reason": "reason",
                "refunded_at": "date_created_gmt",
                "updated_at": "^date_modified_gmt",
            },
            known="date_created refunded_by refunded_payment meta_data line_items shipping_lines tax_lines fee_lines _links",
            each="refunds",
            widen=_refunds,
        ),
        _listed(
            PRODUCTS,
            "products",
            {
                **_DATES,
                "product_id": "id",
                "name": "name",
                "category": Via("categories", _first),
                "brand": Via("brands", _first),
                "price_amount": "price",
                "stock_quantity": "stock_quantity",
            },
            known="slug permalink date_created date_modified type status featured catalog_visibility description short_description sku"
            " global_unique_id regular_price sale_price date_on_sale_from date_on_sale_from_gmt date_on_sale_to date_on_sale_to_gmt on_sale"
            " purchasable total_sales virtual downloadable downloads download_limit download_expiry external_url button_text tax_status"
            " tax_class manage_stock backorders backorders_allowed backordered low_stock_amount sold_individually weight dimensions"
            " shipping_required shipping_taxable shipping_class shipping_class_id reviews_allowed average_rating rating_count upsell_ids"
            " cross_sell_ids parent_id purchase_note tags images attributes default_attributes variations grouped_products menu_order"
            " price_html related_ids meta_data stock_status has_options post_password _links",
        ),
    ),
)
TABLES = WOOCOMMERCE.tables
