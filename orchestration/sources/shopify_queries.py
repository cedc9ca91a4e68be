"""How Shopify is asked: the GraphQL documents, the pages, and its limits (shopify.dev: "API limits", "Paginating results with GraphQL").

A query may cost 1,000 points as requested, and the account gets so many back each second. One that would cost more than is left comes back
with status 200 and the code THROTTLED, what it costs and what is left.
One file: what is asked and what it costs belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestration.sources.errors import SourceError
from orchestration.sources.rest import Endpoint, Via, timestamp
from orchestration.sources.rest.fields import Json
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextCursor
from orchestration.sources.shopify_bulk import Bulk
from orchestration.sources.table import Table

VERSION = "2026-10"
PATH = f"admin/api/{VERSION}/graphql.json"

_MONEY = "{ shopMoney { amount } }"
_ADDRESS = "{ firstName lastName company address1 zip city countryCodeV2 }"
_LINE = f"id quantity product {{ id }} originalUnitPriceSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }}"
_LINES = f"nodes {{ {_LINE} }} pageInfo {{ hasNextPage endCursor }}"
_FEW_LINES = f"lineItems(first: 15) {{ {_LINES} }}"
_ALL_LINES = f"lineItems {{ edges {{ node {{ {_LINE} }} }} }}"
#: Refunds of an order, and lines of one, that a page of orders has room for.
_FEW_REFUNDS = 7
_BACK = f"nodes {{ id quantity lineItem {{ id }} subtotalSet {_MONEY} }} pageInfo {{ hasNextPage endCursor }}"
_FULFILLMENTS = "{ id status displayStatus createdAt updatedAt inTransitAt deliveredAt }"
_REFUNDS = f"{{ id note createdAt totalRefundedSet {_MONEY} }}"

#: Of each table: the list, how long its pages are, and what is asked of each record. Each costs less than 1,000 points.
_ASKED = {
    "customers": (
        "customers",
        100,
        "id firstName lastName createdAt updatedAt defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }"
        f" defaultPhoneNumber {{ phoneNumber marketingState marketingUpdatedAt }} defaultAddress {_ADDRESS}",
    ),
    "orders": (
        "orders",
        50,
        "id test email phone processedAt createdAt updatedAt cancelledAt displayFinancialStatus displayFulfillmentStatus currencyCode"
        f" discountCodes customer {{ id }} shippingAddress {_ADDRESS} totalDiscountsSet {_MONEY} totalShippingPriceSet {_MONEY}"
        f" totalTaxSet {_MONEY} totalPriceSet {_MONEY}",
    ),
    "order_lines": ("orders", 10, f"id test updatedAt {_FEW_LINES}"),
    "refunds": ("orders", 10, f"id test updatedAt refunds(first: 40) {_REFUNDS}"),
    "fulfillments": ("orders", 10, f"id test updatedAt fulfillments(first: 40) {_FULFILLMENTS}"),
    "refund_lines": (
        "orders",
        3,
        f"id test updatedAt refunds(first: {_FEW_REFUNDS}) {{ id refundLineItems(first: 10) {{ {_BACK} }} }}",
    ),
    "products": (
        "products",
        100,
        "id title productType vendor totalInventory createdAt updatedAt priceRangeV2 { minVariantPrice { amount currencyCode } }",
    ),
}

_MORE_LINES = f"query ($id: ID!, $after: String) {{ order(id: $id) {{ lineItems(first: 100, after: $after) {{ {_LINES} }} }} }}"

_MORE_REFUNDS = "query ($id: ID!) { order(id: $id) { refunds(first: 250) { id } } }"
_MORE_BACK = f"query ($id: ID!, $after: String) {{ refund(id: $id) {{ refundLineItems(first: 100, after: $after) {{ {_BACK} }} }} }}"
#: All that have refunds: of the others no lines can come.
_REFUNDED = "(financial_status:refunded OR financial_status:partially_refunded)"


def _with(request: Request, **variables: str) -> Request:
    return replace(request, body={**request.body, "variables": {**request.body["variables"], **variables}})


def _since(request: Request, moment: datetime) -> Request:
    changed = f"updated_at:>='{timestamp(moment)}'"
    only = request.body["variables"].get("query")
    return _with(request, query=f"{only} AND {changed}" if only else changed)


def listed(
    table: Table, fields: Mapping[str, str | Via], *, each: str = "", widen: Callable[[Api, list[Json]], None] | None = None
) -> Endpoint:
    """The list that fills a table, oldest change first; the first time by a bulk operation, where there is one."""
    name, size, asked = _ASKED[table.name]
    document = (
        f"query ($after: String, $query: String) {{ {name}(first: {size}, after: $after, query: $query, sortKey: UPDATED_AT)"
        f" {{ nodes {{ {asked} }} pageInfo {{ endCursor }} }} }}"
    )
    pages = NextCursor(f"data.{name}.pageInfo.endCursor", put=lambda request, cursor: _with(request, after=cursor))
    history = f"{{ {name} {{ edges {{ node {{ {asked.replace(_FEW_LINES, _ALL_LINES).replace('(first: 40)', '')} }} }} }} }}"
    is_nested = _BACK in asked  # a list within a list's records is not to be had in bulk, and few orders have refunds
    return Endpoint(
        table,
        Request(PATH, method="POST", body={"query": document, "variables": {"query": _REFUNDED} if is_nested else {}}),
        pages,
        whole=None if is_nested else Bulk(history, PATH, pages, children="lineItems" if _FEW_LINES in asked else ""),
        rows=f"data.{name}.nodes",
        fields=fields,
        since=_since,
        each=each,
        widen=widen,
    )


def ids(table: Table, fields: Mapping[str, str | Via]) -> Endpoint:
    """The ids of all that a table's list has, by id."""
    (name, _, _), (key,) = _ASKED[table.name], table.key
    document = f"query ($after: String) {{ {name}(first: 250, after: $after, sortKey: ID) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}"
    return Endpoint(
        table,
        Request(PATH, method="POST", body={"query": document, "variables": {}}),
        NextCursor(f"data.{name}.pageInfo.endCursor", put=lambda request, cursor: _with(request, after=cursor)),
        rows=f"data.{name}.nodes",
        fields={key: fields[key]},
        says_present=True,
    )


def all_lines(api: Api, orders: list[Json]) -> None:
    """Adds to each order the lines that the page of orders had no room for."""
    for order in orders:
        order["lineItems"]["nodes"] = _whole(api, _MORE_LINES, order["id"], ("order", "lineItems"), order["lineItems"])


def refund_lines(api: Api, orders: list[Json]) -> None:
    """Puts into each order, as `refundLines`, the lines of all its refunds, each with its refund's id and a key."""
    for order in orders:
        known = {refund["id"]: refund["refundLineItems"] for refund in order["refunds"]}
        if len(known) == _FEW_REFUNDS:
            answer = api.ask(Request(PATH, method="POST", body={"query": _MORE_REFUNDS, "variables": {"id": order["id"]}}))
            more = (answer.body["data"]["order"] or {"refunds": []})["refunds"]
            unread: Json = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
            known = {refund["id"]: unread for refund in more} | known
        order["refundLines"] = [
            # a line of a refund need not have an id of its own
            {"refund": refund, "key": line["id"] or f"{refund}-{line['lineItem']['id'].rpartition('/')[2]}", **_without_id(line)}
            for refund, listed in known.items()
            for line in _whole(api, _MORE_BACK, refund, ("refund", "refundLineItems"), listed)
        ]


def _without_id(line: Json) -> Json:
    return {name: value for name, value in line.items() if name != "id"}


def _whole(api: Api, document: str, key: str, place: tuple[str, str], listed: Json) -> list[Json]:
    """The nodes of a list within a record, those that its page had no room for too. place: the record's kind, and the list's name."""
    nodes, (kind, name) = [*listed["nodes"]], place
    while listed["pageInfo"]["hasNextPage"]:
        variables = {"id": key, "after": listed["pageInfo"]["endCursor"]}
        record = api.ask(Request(PATH, method="POST", body={"query": document, "variables": variables})).body["data"][kind]
        if record is None:
            break  # deleted since
        listed = record[name]
        nodes += listed["nodes"]
    return nodes


def throttled(body: Any) -> float | None:
    """The seconds until the account has what the query costs; `None`: it is an answer. Raises SourceError for any other error: its `data`
    would look like an empty list."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not errors:
        return None
    codes = (
        {(error.get("extensions") or {}).get("code") for error in errors if isinstance(error, dict)} if isinstance(errors, list) else set()
    )
    if "THROTTLED" in codes:
        cost = (body.get("extensions") or {}).get("cost") or {}
        status = cost.get("throttleStatus") or {}
        lacking = float(cost.get("requestedQueryCost") or 0) - float(status.get("currentlyAvailable") or 0)
        return max(0.0, lacking / float(status.get("restoreRate") or 100))
    if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
        return 1.0
    named = ", ".join(sorted(str(code) for code in codes if code)) or "no code"
    remedy = "Check the token's scopes (read_orders, read_all_orders, read_customers, read_products) and the version of the API."
    raise SourceError("shopify", "", f"it refused the query ({named}).", remedy)
