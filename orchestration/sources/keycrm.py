"""KeyCRM's buyers, orders with their lines, and where orders come from (docs.keycrm.app, openapi.keycrm.app/v1).

50 records a page, about 60 requests a minute: the pace is kept. Moments are UTC without saying so. Newest first: then a row moves between
pages only when one is deleted, which the stated total betrays. A line carries the moment of its order, so that the lines of the newest
state of an order are those that hold. KeyCRM has no field that says what a buyer allowed. Who is deleted is seen by comparing ids, 3,000 a
minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from orchestration.sources.keycrm_tables import BUYERS, ORDER_LINES, ORDERS, SOURCES
from orchestration.sources.rest import Endpoint, Vendor, Via, bearer
from orchestration.sources.rest.http import Request
from orchestration.sources.rest.paging import PageNumber
from orchestration.sources.table import Table

PAGE_SIZE = "50"


def _first(value: list[object] | str) -> object:
    """Addresses and numbers come as a list, the main one first, or as one text."""
    return value if isinstance(value, str) else next((one for one in value if one), None)


def _phone(value: list[object] | str) -> object:
    """KeyCRM keeps numbers with their country's code, but often without the plus that says so."""
    phone = str(_first(value) or "").strip()
    return (f"+{phone}" if phone.isdigit() and len(phone) >= 11 else phone) or None


def _changed(request: Request, since: datetime) -> Request:
    """No end to the stretch: a record that changes while pages are read must stay in it."""
    return request.having(**{"filter[updated_between]": f"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S},2100-01-01 00:00:00"})


def _list(
    table: Table, path: str, fields: Mapping[str, str | Via], known: tuple[str, ...] = (), *, each: str = "", include: str = ""
) -> Endpoint:
    params = {"limit": PAGE_SIZE, "sort": "-id", **({"include": include} if include else {})}
    return Endpoint(
        table,
        Request(path, params),
        PageNumber(total="total", pages="last_page"),
        rows="data",
        fields=fields,
        since=_changed if table.watermark else None,
        each=each,
        sends_nulls=False,  # not known of it
        known=known,
    )


def _ids(table: Table, path: str) -> Endpoint:
    (key,) = table.key
    pages = PageNumber(total="total", pages="last_page")
    return Endpoint(table, Request(path, {"limit": PAGE_SIZE, "sort": "-id"}), pages, "data", {key: "id"}, says_present=True)


_SEVERAL = ("a list", "text")
_EVERY_ORDER = ("buyer", "products", "shipping", "manager_id", "manager_comment", "buyer_comment", "status_id", "parent_id", "gift_message")

KEYCRM = Vendor(
    "keycrm",
    "https://openapi.keycrm.app/v1",
    bearer,
    pace=timedelta(seconds=1),
    endpoints=(
        _list(
            BUYERS,
            "buyer",
            {
                "buyer_id": "id",
                "name": "full_name",
                "email": Via("email", _first, _SEVERAL),
                "phone": Via("phone", _phone, _SEVERAL),
                "birth_date": "birthday",
                "company_name": "company.name",
                "created_at": "created_at",
                "updated_at": "updated_at",
            },
            ("note", "manager_id", "company_id", "custom_fields"),
            include="company",
        ),
        _list(
            ORDERS,
            "order",
            {
                "order_id": "id",
                "source_id": "source_id",
                "source_order_id": "source_uuid",
                "buyer_id": "buyer.id",
                "name": "buyer.full_name",
                "email": Via("buyer.email", _first, _SEVERAL),
                "phone": Via("buyer.phone", _phone, _SEVERAL),
                "status_group_id": "status_group_id",
                "payment_status": "payment_status",
                "discount_amount": "total_discount",
                "shipping_amount": "shipping_price",
                "tax_amount": "taxes",
                "total_amount": "grand_total",
                "coupon_code": "promocode",
                "street": "shipping.shipping_secondary_line",
                "postal_code": "shipping.shipping_address_zip",
                "city": "shipping.shipping_address_city",
                "country_code": "shipping.shipping_address_country_code",
                "ordered_at": "ordered_at",
                "created_at": "created_at",
                "updated_at": "updated_at",
            },
            _EVERY_ORDER,
            include="buyer,shipping",
        ),
        _list(
            ORDER_LINES,
            "order",
            {
                "order_line_id": "id",
                "order_id": "^id",
                "product_id": "offer.product_id",
                "sku": "sku",
                "quantity": "quantity",
                "unit_price_amount": "price",
                "discount_amount": "total_discount",
                "updated_at": "^updated_at",
            },
            ("picture", "comment", "properties"),
            each="products",
            include="products.offer",
        ),
        _list(SOURCES, "order/source", {"source_id": "id", "name": "name", "currency": "currency_code"}, ("alias", "driver")),
        _ids(BUYERS, "buyer"),
        _ids(ORDERS, "order"),
    ),
)
