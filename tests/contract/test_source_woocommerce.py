"""WooCommerce as a source: its documented answers, and a server that pages by number, moves orders between pages and stumbles. One file:
all is asked of one shop.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from api_kit import Asked, Reply, Served, serving
from landing_kit import stored
from woocommerce_server import TOKEN, Shop, order

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Table
from orchestration.sources.woocommerce import WOOCOMMERCE
from orchestration.sources.woocommerce_tables import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS, REFUND_LINES, REFUNDS

SAMPLES = Path(__file__).parent / "samples/woocommerce"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def sample(name: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((SAMPLES / f"{name}.json").read_text())
    return records


@pytest.fixture
def shop() -> Shop:
    return Shop(sample("customers"), sample("orders"), sample("products"), {727: sample("refunds")})


@pytest.fixture
def served(shop: Shop) -> Iterator[Served]:
    with serving(shop.answer) as running:
        yield running


def land(url: str, folder: Path, table: Table, as_of: datetime = NOW) -> Landed:
    return land_rest(WOOCOMMERCE.of(table), WOOCOMMERCE.api(url, TOKEN, sleep=lambda _: None), Landing(folder), as_of)


def landed(folder: Path, table: Table, columns: str) -> list[Any]:
    return duckdb.connect().sql(f"select {columns} from {Landing(folder).scan(table)} order by all").fetchall()


def many(shop: Shop, count: int) -> None:
    shop.orders = [order(shop.orders[0], number, f"2026-05-01T10:{number % 60:02}:00") for number in range(1, count + 1)]


def test_the_documented_answers_land_as_declared(served: Served, tmp_path: Path) -> None:
    for table, rows in ((CUSTOMERS, 2), (ORDERS, 1), (ORDER_LINES, 2), (REFUNDS, 2), (REFUND_LINES, 1), (PRODUCTS, 2)):
        result = land(served.url, tmp_path, table)
        assert (result.rows, dict(result.quarantined), result.warnings) == (rows, {}, [])
    what = "order_id, customer_id, total_amount, discount_total, discount_tax, coupon_codes, ordered_at, updated_at, paid_at"
    (found,) = landed(tmp_path, ORDERS, what)
    assert found[:6] == ("727", None, Decimal("25.0500"), Decimal("4.0000"), Decimal("0.3000"), "spring")
    assert found[6:] == (stored("2026-03-22 19:28:02"), stored("2026-06-22 19:28:08"), stored("2026-03-22 19:28:08"))
    lines = landed(tmp_path, ORDER_LINES, "order_line_id, order_id, product_id, quantity, subtotal, total, total_tax")
    assert lines[1] == ("316", "727", "22", 1, Decimal("12.0000"), Decimal("8.0000"), Decimal("0.6000"))
    refunds = landed(tmp_path, REFUNDS, "refund_id, order_id, amount, refunded_at")
    assert refunds[0] == ("724", "727", Decimal("9.0000"), stored("2026-06-21 19:55:37"))
    back = landed(tmp_path, REFUND_LINES, "refund_line_id, refund_id, order_id, order_line_id, product_id, quantity, total, total_tax")
    assert back == [("314", "724", "727", "315", "93", 1, Decimal("9.0000"), Decimal(0))]
    assert landed(tmp_path, CUSTOMERS, "customer_id, updated_at")[0] == ("25", None)
    assert landed(tmp_path, PRODUCTS, "product_id, price_amount, category, brand, stock_quantity") == [
        ("794", Decimal("21.9900"), "Clothing", "Acme", None),
        ("795", None, None, None, -2),
    ]


def test_what_a_plug_in_adds_is_kept_and_told(shop: Shop, served: Served, tmp_path: Path) -> None:
    shop.orders[0]["loyalty_points"] = 12
    assert land(served.url, tmp_path, ORDERS).warnings == [
        "woocommerce.orders: new fields, kept in the column other_fields: loyalty_points."
    ]
    assert landed(tmp_path, ORDERS, "other_fields") == [('{"loyalty_points": 12}',)]


@pytest.mark.parametrize("count", [100, 101, 250])
def test_an_order_with_many_refunds_has_them_all(shop: Shop, served: Served, tmp_path: Path, count: int) -> None:
    one = sample("refunds")[0]
    shop.refunds[727] = [{**one, "id": number, "line_items": [{**one_line(), "id": number}]} for number in range(1, count + 1)]
    assert land(served.url, tmp_path, REFUNDS).rows == count
    assert land(served.url, tmp_path, REFUND_LINES).rows == count
    assert len({row for (row,) in landed(tmp_path, REFUNDS, "refund_id")}) == count


def one_line() -> dict[str, Any]:
    return next(line for refund in sample("refunds") for line in refund["line_items"])


def test_a_record_with_a_hole_in_a_list_is_set_aside_and_the_others_land(shop: Shop, served: Served, tmp_path: Path) -> None:
    many(shop, 9)
    shop.orders[4]["coupon_lines"] = [None]
    shop.products = [{**shop.products[0], "id": number} for number in range(1, 6)]
    shop.products[2]["categories"] = ["a name alone"]
    for table, rows in ((ORDERS, 8), (PRODUCTS, 4)):
        result = land(served.url, tmp_path, table)
        assert (result.rows, sum(result.quarantined.values())) == (rows, 1), table.name


def test_lines_that_are_no_longer_as_declared_are_told_as_a_sentence(shop: Shop, served: Served, tmp_path: Path) -> None:
    del shop.refunds[727][0]["line_items"]
    with pytest.raises(SourceError, match=r"not as declared \(KeyError in woocommerce.py, line \d+\).*Nothing was landed"):
        land(served.url, tmp_path, REFUND_LINES)


def test_a_refusal_shows_neither_key_nor_secret(served: Served, tmp_path: Path) -> None:
    key, secret = TOKEN.split(":")
    served.faults = [Reply({"message": f"consumer {key} with {secret} of ann@example.com is unknown"}, 404)]
    with pytest.raises(SourceError) as failure:
        land(served.url, tmp_path, ORDERS)
    assert not any(told in str(failure.value) for told in (key, secret, "ann@"))


def test_only_what_changed_is_asked_for_by_universal_time(shop: Shop, served: Served, tmp_path: Path) -> None:
    many(shop, 250)
    assert land(served.url, tmp_path, ORDERS).rows == 250
    assert land(served.url, tmp_path, ORDERS, NOW + DAY).rows == 0
    asked = served.asked[-1].params
    assert (asked["modified_after"], asked["dates_are_gmt"], asked["per_page"]) == ("2026-04-30T10:59:00", "true", "100")
    shop.orders[7] = order(shop.orders[7], 8, "2026-07-02T09:00:00", status="refunded", refunds=[{"id": 726, "reason": "", "total": "-10"}])
    shop.refunds[8] = sample("refunds")[:1]
    assert land(served.url, tmp_path, ORDERS, NOW + 3 * DAY).rows == 1
    assert land(served.url, tmp_path, REFUNDS, NOW + 3 * DAY).rows == 1
    assert landed(tmp_path, REFUNDS, "refund_id, order_id") == [("726", "8")]


def test_customers_without_a_time_of_change_land_when_they_differ(shop: Shop, served: Served, tmp_path: Path) -> None:
    assert land(served.url, tmp_path, CUSTOMERS).rows == 2
    assert land(served.url, tmp_path, CUSTOMERS, NOW + DAY).rows == 0
    shop.customers[1]["email"] = "n***@example.com"
    assert land(served.url, tmp_path, CUSTOMERS, NOW + 2 * DAY).rows == 1


def test_an_order_in_the_bin_comes_as_such(shop: Shop, served: Served, tmp_path: Path) -> None:
    many(shop, 3)
    land(served.url, tmp_path, ORDERS)
    shop.orders[0].update(status="trash", date_modified_gmt="2026-06-30T10:00:00")
    assert land(served.url, tmp_path, ORDERS, NOW + DAY).rows == 1
    assert landed(tmp_path, ORDERS, "order_id, status")[:2] == [("1", "processing"), ("1", "trash")]


@pytest.mark.parametrize("fault", [429, 500, 503, "cut", "drop", "html"])
def test_stumbling_loses_and_doubles_nothing(shop: Shop, served: Served, tmp_path: Path, fault: int | str) -> None:
    many(shop, 250)
    served.faults += [None, fault, fault, None, fault]
    assert land(served.url, tmp_path, ORDER_LINES).rows == 500
    assert landed(tmp_path, ORDER_LINES, "count(*), count(distinct order_line_id)") == [(500, 500)]


@pytest.mark.parametrize("what", ["comes", "goes", "is shown twice"])
def test_what_moves_orders_between_two_pages_loses_and_doubles_none(shop: Shop, tmp_path: Path, what: str) -> None:
    many(shop, 250)
    moved = False

    def moving(asked: Asked) -> Reply:
        nonlocal moved
        reply = shop.answer(asked)
        if not moved and asked.params.get("page") == "1":
            moved = True
            if what == "comes":
                shop.orders.append(order(shop.orders[0], 999, "2026-06-30T08:59:00"))
            elif what == "goes":
                shop.orders.pop()  # the newest, on the page just read: all others move one place up
        if what == "is shown twice" and asked.params.get("page") == "2":
            reply.body[0] = shop.orders[249]  # in place of one that is thereby not shown
            if sum(1 for one in running.asked if one.params.get("page") == "2") > 1:
                return shop.answer(asked)
        return reply

    with serving(moving) as running:
        land(running.url, tmp_path, ORDERS)
        land(running.url, tmp_path, ORDERS, NOW + DAY)
    assert {row[0] for row in landed(tmp_path, ORDERS, "order_id")} >= {str(number) for number in range(1, 251)}
    assert landed(tmp_path, ORDERS, "count(*) - count(distinct order_id) - count(*) filter (_is_deleted)") == [(0,)]


def test_a_wrong_key_is_told_without_it(served: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="401") as told:
        land_rest(WOOCOMMERCE.of(ORDERS), WOOCOMMERCE.api(served.url, "ck_wrong:cs_wrong"), Landing(tmp_path), NOW)
    assert "wrong" not in str(told.value)
