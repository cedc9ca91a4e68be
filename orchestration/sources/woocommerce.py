"""WooCommerce's orders, lines, refunds, customers and products, from its REST API v3 (woocommerce.github.io/woocommerce-rest-api-docs).

Newest first, so that what comes while it is paged moves no record to a page that was read before. Customers cannot be asked for by when
they changed, and are read whole. The token is the key and the secret with a colon between them. Orders in the bin are listed apart.
What was deleted for good is seen by comparing ids now and then; of customers on each run.
One file: six lists of one API.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import count

from orchestration.sources.rest import Endpoint, Vendor, Via, timestamp
from orchestration.sources.rest.fields import Json
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import PageNumber, records
from orchestration.sources.table import Table
from orchestration.sources.woocommerce_tables import CUSTOMERS, LEFT_THERE, ORDER_LINES, ORDERS, PRODUCTS, REFUND_LINES, REFUNDS

ROOT = "wp-json/wc/v3"
_MOST = 100  # a page
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
            order["refunds"] = _all_refunds(api, Request(f"{ROOT}/orders/{order['id']}/refunds", {"per_page": str(_MOST)}))


def _all_refunds(api: Api, request: Request) -> list[Json]:
    refunds: dict[object, Json] = {}
    for number in count(1):
        listed, before = records(api, api.ask(request.having(page=str(number))), ""), len(refunds)
        refunds |= {refund["id"]: refund for refund in listed}
        if len(listed) < _MOST or len(refunds) == before:
            break
    return list(refunds.values())


def _refund_lines(api: Api, orders: list[Json]) -> None:
    """Puts into each order the lines of all its refunds, each with its refund's number."""
    _refunds(api, orders)
    for order in orders:
        order["refund_lines"] = [{**line, "refund_id": refund["id"]} for refund in order["refunds"] for line in refund["line_items"]]


def _given_back(negative: object) -> object:
    """What was given back stands below zero."""
    return str(abs(Decimal(str(negative))))


def _line_named(meta: list[Json]) -> object:
    return next((one["value"] for one in meta if one["key"] == "_refunded_item_id"), None)


def _listed(
    table: Table,
    path: str,
    fields: Mapping[str, str | Via],
    *,
    since: Callable[[Request, datetime], Request] | None = _since,
    each: str = "",
    widen: Callable[[Api, list[Json]], None] | None = None,
    **params: str,
) -> Endpoint:
    asked = Request(f"{ROOT}/{path}", {"per_page": str(_MOST), "orderby": "id", "order": "desc", **params})
    return Endpoint(table, asked, _PAGES, "", fields, since=since, each=each, widen=widen, known=tuple(LEFT_THERE[table].split()))


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
)


def _ids(table: Table, path: str, key: str, **params: str) -> Endpoint:
    asked = Request(f"{ROOT}/{path}", {"per_page": str(_MOST), "orderby": "id", "order": "desc", "_fields": "id", **params})
    return Endpoint(table, asked, _PAGES, "", {key: "id"}, says_present=True)


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
            each="refunds",
            widen=_refunds,
        ),
        _listed(
            REFUND_LINES,
            "orders",
            {
                "refund_line_id": "id",
                "refund_id": "refund_id",
                "order_id": "^id",
                "order_line_id": Via("meta_data", _line_named),
                "product_id": Via("product_id", _unless_zero, ("a number",)),
                "quantity": Via("quantity", _given_back, ("a number",)),
                "total": Via("total", _given_back, ("text",)),
                "total_tax": Via("total_tax", _given_back, ("text",)),
                "updated_at": "^date_modified_gmt",
            },
            each="refund_lines",
            widen=_refund_lines,
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
        ),
        _ids(ORDERS, "orders", "order_id"),
        _ids(ORDERS, "orders", "order_id", status="trash"),
        _ids(PRODUCTS, "products", "product_id"),
    ),
)
TABLES = WOOCOMMERCE.tables
