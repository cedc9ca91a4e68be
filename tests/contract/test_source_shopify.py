"""Shopify as a source: its documented answers, and a server that pages, throttles and stumbles as it does. One file: one shop."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from api_kit import Asked, Reply, Served, serving
from landing_kit import stored
from shopify_server import TOKEN, Shopify, order

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.errors import SourceError
from orchestration.sources.rest import Endpoint
from orchestration.sources.shopify import SHOPIFY
from orchestration.sources.shopify_tables import CUSTOMERS, FULFILLMENTS, ORDER_LINES, ORDERS, PRODUCTS, REFUND_LINES, REFUNDS
from orchestration.sources.table import Table

SAMPLES = Path(__file__).parent / "samples/shopify"
SLICES = Path(__file__).parents[3] / "shared/data/saas_tables/shopify"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
KILLED = """
import os, signal, sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from orchestration.landing import Landing, land_rest
from orchestration.sources.shopify import SHOPIFY
from orchestration.sources.shopify_tables import ORDERS
asked = 0
def sleep(_): ...
api = SHOPIFY.api(sys.argv[1], sys.argv[2], sleep=sleep)
ask = type(api).ask
def dying(self, request):
    global asked
    asked += 1
    if asked > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return ask(self, request)
type(api).ask = dying
lists = [replace(one, whole=None) for one in SHOPIFY.of(ORDERS)]
land_rest(lists, api, Landing(Path(sys.argv[3])), datetime.fromisoformat(sys.argv[4]))
"""


def sample(name: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = json.loads((SAMPLES / f"{name}.json").read_text())["data"][name]["nodes"]
    return nodes


@pytest.fixture
def shop() -> Shopify:
    return Shopify(sample("customers"), sample("orders"), sample("products"))


@pytest.fixture
def served(shop: Shopify) -> Iterator[Served]:
    with serving(shop.answer) as running:
        yield running


def paged(table: Table) -> list[Endpoint]:
    """The lists page by page from the first load on, as where bulk operations fail."""
    return [replace(endpoint, whole=None) for endpoint in SHOPIFY.of(table)]


def land(shop: Shopify, url: str, folder: Path, table: Table, as_of: datetime = NOW) -> Landed:
    return land_rest(paged(table), SHOPIFY.api(url, TOKEN, sleep=shop.sleep), Landing(folder), as_of)


def landed(folder: Path, table: Table, columns: str) -> list[Any]:
    return duckdb.connect().sql(f"select {columns} from {Landing(folder).scan(table)} order by all").fetchall()


def many(shop: Shopify, count: int) -> None:
    shop.orders = [order(shop.orders[0], number, NOW - timedelta(days=60, minutes=number // 3)) for number in range(1, count + 1)]


def test_the_documented_answers_land_as_declared(shop: Shopify, served: Served, tmp_path: Path) -> None:
    for table, rows in ((CUSTOMERS, 2), (ORDERS, 2), (ORDER_LINES, 2), (REFUNDS, 1), (REFUND_LINES, 1), (FULFILLMENTS, 1), (PRODUCTS, 2)):
        result = land(shop, served.url, tmp_path, table)
        assert (result.rows, dict(result.quarantined), result.warnings) == (rows, {}, [])
    orders = landed(tmp_path, ORDERS, "order_id, customer_id, is_test, total_amount, coupon_codes, country_code, processed_at")
    assert orders[0] == ("450789469", "207119551", False, Decimal("598.9400"), "SPRING,FRIENDS", "US", stored("2026-05-01 08:00"))
    assert orders[1][:4] == ("450789470", None, True, Decimal("10.0000"))
    lines = landed(tmp_path, ORDER_LINES, "order_line_id, order_id, product_id, quantity, unit_price_amount, discount_amount")
    assert lines[0] == ("466157049", "450789469", "632910392", 2, Decimal("199.9900"), Decimal("13.5000"))
    assert lines[1][2:] == (None, 1, Decimal("207.5600"), Decimal("0.0000"))
    assert landed(tmp_path, REFUNDS, "refund_id, order_id, amount") == [("509562969", "450789469", Decimal("41.9400"))]
    back = landed(tmp_path, REFUND_LINES, "refund_line_id, refund_id, order_id, order_line_id, quantity, amount")
    assert back == [("104689539", "509562969", "450789469", "466157049", 1, Decimal("41.9400"))]
    parcels = landed(tmp_path, FULFILLMENTS, "fulfillment_id, order_id, status, display_status, delivered_at")
    assert parcels == [("255858046", "450789469", "SUCCESS", "DELIVERED", stored("2026-05-05 14:20"))]
    consents = landed(tmp_path, CUSTOMERS, "customer_id, email_consent, sms_consent, sms_consent_at")
    assert consents[1] == ("207119551", "SUBSCRIBED", "UNSUBSCRIBED", stored("2026-02-03 04:05:06"))
    assert all(asked.path.startswith("/admin/api/2026-10/") for asked in served.asked)


def test_only_what_changed_is_asked_for_and_a_refund_months_later_comes(shop: Shopify, served: Served, tmp_path: Path) -> None:
    many(shop, 120)
    assert land(shop, served.url, tmp_path, ORDERS).rows == 120
    assert land(shop, served.url, tmp_path, REFUNDS).rows == 120
    before = len(served.asked)
    for table in (ORDERS, REFUNDS):
        assert land(shop, served.url, tmp_path, table, NOW + DAY).rows == 0
    assert all("updated_at:>='2026-04-30T" in asked.body["variables"]["query"] for asked in served.asked[before:])
    late = {
        "id": "gid://shopify/Refund/9",
        "note": None,
        "createdAt": "2026-07-02T09:00:00Z",
        "totalRefundedSet": {"shopMoney": {"amount": "5"}},
    }
    shop.orders[7].update(updatedAt="2026-07-02T09:00:00Z", cancelledAt="2026-07-02T09:00:00Z", refunds=[late])
    assert land(shop, served.url, tmp_path, ORDERS, NOW + 3 * DAY).rows == 1
    assert land(shop, served.url, tmp_path, REFUNDS, NOW + 3 * DAY).rows == 1
    assert ("9", Decimal("5.0000")) in landed(tmp_path, REFUNDS, "refund_id, amount")


def test_an_order_with_more_lines_than_a_page_has_room_for_keeps_them_all(shop: Shopify, served: Served, tmp_path: Path) -> None:
    line = shop.orders[0]["lineItems"]["nodes"][0]
    shop.orders[0]["lineItems"]["nodes"] = [{**line, "id": f"gid://shopify/LineItem/{number}"} for number in range(233)]
    assert land(shop, served.url, tmp_path, ORDER_LINES).rows == 233
    assert landed(tmp_path, ORDER_LINES, "count(distinct order_line_id)") == [(233,)]


def test_lines_of_refunds_come_from_all_refunds_of_an_order_and_all_pages_of_a_refund(
    shop: Shopify, served: Served, tmp_path: Path
) -> None:
    many(shop, 3)
    (refund,) = shop.orders[0]["refunds"]
    (line,) = refund["refundLineItems"]["nodes"]
    lines = [{**line, "id": f"gid://shopify/RefundLineItem/{number}"} for number in range(233)]
    shop.orders[0]["refunds"] = [{**refund, "refundLineItems": {**refund["refundLineItems"], "nodes": lines}}]
    shop.orders[1]["refunds"] = [
        {**refund, "id": f"gid://shopify/Refund/{number}", "refundLineItems": {"nodes": [{**line, "id": None}], "pageInfo": {}}}
        for number in range(9)
    ]
    shop.orders[2]["displayFinancialStatus"] = "PAID"
    assert land(shop, served.url, tmp_path, REFUND_LINES).rows == 233 + 9
    found = landed(tmp_path, REFUND_LINES, "order_id, refund_id, refund_line_id")
    assert len({line for order, _, line in found if order == "1"}) == 233
    assert [(refund, line) for order, refund, line in found if order == "2"] == [(str(one), f"{one}-466157049") for one in range(9)]
    shop.orders[2].update(displayFinancialStatus="PARTIALLY_REFUNDED", updatedAt="2026-07-02T09:00:00Z")
    assert land(shop, served.url, tmp_path, REFUND_LINES, NOW + 3 * DAY).rows == 1


def test_throttled_it_waits_as_long_as_the_points_take_to_come_back(shop: Shopify, served: Served, tmp_path: Path) -> None:
    many(shop, 200)
    shop.points, shop.restore_rate = 60.0, 50.0  # a page of 50 costs 52
    result = land(shop, served.url, tmp_path, ORDERS)
    assert (result.rows, landed(tmp_path, ORDERS, "count(*), count(distinct order_id)")) == (200, [(200, 200)])
    assert shop.clock == pytest.approx((5 * 52 - 60) / 50)


@pytest.mark.parametrize("fault", [429, 500, 502, "cut", "drop", "html"])
def test_stumbling_loses_and_doubles_nothing(shop: Shopify, served: Served, tmp_path: Path, fault: int | str) -> None:
    many(shop, 120)
    served.faults += [None, fault, None, fault, fault]
    assert land(shop, served.url, tmp_path, ORDERS).rows == 120
    assert landed(tmp_path, ORDERS, "count(*), count(distinct order_id)") == [(120, 120)]


def test_what_changes_between_two_pages_comes_and_nothing_is_doubled(shop: Shopify, tmp_path: Path) -> None:
    many(shop, 120)
    pages = 0

    def changing(asked: Asked) -> Reply:
        nonlocal pages
        reply = shop.answer(asked)
        pages += 1
        shop.orders[119 - pages].update(updatedAt=f"2026-06-30T08:0{pages}:00Z", email=f"n{pages}@example.com")  # unread, and moves on
        shop.orders[pages].update(updatedAt=f"2026-06-30T08:1{pages}:00Z")
        return reply

    with serving(changing) as running:
        land(shop, running.url, tmp_path, ORDERS)
        land(shop, running.url, tmp_path, ORDERS, NOW + DAY)
    assert landed(tmp_path, ORDERS, "count(distinct order_id)") == [(120,)]
    assert landed(tmp_path, ORDERS, "count(*) - count(distinct (order_id, updated_at))") == [(0,)]
    assert ("n1@example.com",) in landed(tmp_path, ORDERS, "email")


def test_an_error_in_a_good_answer_is_no_empty_list(shop: Shopify, served: Served, tmp_path: Path) -> None:
    land(shop, served.url, tmp_path, ORDERS)
    denied = {"message": "Access denied for orders field. b@example.com", "extensions": {"code": "ACCESS_DENIED"}}
    for errors in ([denied], "not a list", [{"message": "Field 'x' doesn't exist on type 'Order'"}]):
        served.faults.append(Reply({"errors": errors, "data": None}))
        with pytest.raises(SourceError, match="it refused the query") as told:
            land(shop, served.url, tmp_path, ORDERS)
        assert "b@example" not in str(told.value)
    with pytest.raises(SourceError, match="401") as told:
        land_rest(SHOPIFY.of(ORDERS), SHOPIFY.api(served.url, "shpat_wrong"), Landing(tmp_path), NOW)
    assert "shpat" not in str(told.value)
    assert landed(tmp_path, ORDERS, "count(*)") == [(2,)]


def test_a_field_that_is_gone_stops_the_table_with_the_difference(shop: Shopify, served: Served, tmp_path: Path) -> None:
    served.faults.append(Reply({"data": {"orders": {"nodes": [{"id": "gid://shopify/Order/1"}] * 2, "pageInfo": {"endCursor": None}}}}))
    with pytest.raises(SourceError, match="total_amount: no record has the field totalPriceSet"):
        land(shop, served.url, tmp_path, ORDERS)


def test_killed_between_two_pages_the_next_run_has_it_all_once(shop: Shopify, served: Served, tmp_path: Path) -> None:
    many(shop, 120)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, served.url, TOKEN, str(tmp_path), NOW.isoformat()], check=False, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert Landing(tmp_path).files(ORDERS) == []
    assert land(shop, served.url, tmp_path, ORDERS).rows == 120
    assert landed(tmp_path, ORDERS, "count(*), count(distinct order_id)") == [(120, 120)]


def test_real_tables_in_the_shape_of_the_api_land_without_a_refusal(shop: Shopify, served: Served, tmp_path: Path) -> None:
    if not SLICES.is_dir():
        pytest.skip("the slices of real Shopify tables are not beside this clone")

    def slices(name: str) -> list[dict[str, str]]:
        with (SLICES / f"shopify_gql_{name}_data.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def iso(text: str) -> str | None:
        return f"{text.strip().replace(' ', 'T')}Z" if text.strip() else None

    shop.orders = [
        order(
            sample("orders")[0],
            int(row["id"]),
            datetime.fromisoformat(row["updated_at"]).replace(tzinfo=UTC),
            processedAt=iso(row["processed_at"]),
            createdAt=iso(row["created_at"]),
            cancelledAt=iso(row["cancelled_at"]),
            test=row["test"] == "TRUE",
            currencyCode=row["currency_code"],
            displayFinancialStatus=row["display_financial_status"],
            displayFulfillmentStatus=row["display_fulfillment_status"],
            totalPriceSet={"shopMoney": {"amount": row["total_price_set_shop_amount"]}},
        )
        for row in slices("order")
    ]
    result = land(shop, served.url, tmp_path, ORDERS)
    assert (result.rows, dict(result.quarantined)) == (len({row["id"] for row in slices("order")}), {})
    shown = {(str(int(row["id"])), Decimal(row["total_price_set_shop_amount"])) for row in slices("order")}
    assert set(landed(tmp_path, ORDERS, "order_id, total_amount")) == shown
