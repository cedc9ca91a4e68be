"""Shopify's history by bulk operations: failures, cut and expired files, kills in the middle; nothing is lost, nothing doubled."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_kit import Asked, Reply, Served, serving
from landing_kit import landed
from shopify_server import TOKEN, Shopify
from test_source_shopify import DAY, NOW, many, paged, sample

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.shopify import SHOPIFY
from orchestration.sources.shopify_tables import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS, REFUNDS
from orchestration.sources.table import Table

LAND = """
import sys
from datetime import datetime
from pathlib import Path
from orchestration.landing import Landing, land_rest
from orchestration.sources.shopify import SHOPIFY
from orchestration.sources.shopify_tables import ORDER_LINES
url, token, root, as_of = sys.argv[1:]
land_rest(SHOPIFY.of(ORDER_LINES), SHOPIFY.api(url, token, sleep=lambda _: None), Landing(Path(root)), datetime.fromisoformat(as_of))
"""


@pytest.fixture
def shop() -> Shopify:
    made = Shopify(sample("customers"), sample("orders"), sample("products"))
    made.looks = 2
    many(made, 120)
    for number, order in enumerate(made.orders):
        line = order["lineItems"]["nodes"][0]
        order["lineItems"]["nodes"] = [{**line, "id": f"gid://shopify/LineItem/{number * 10 + place}"} for place in range(number % 4)]
    return made


@pytest.fixture
def served(shop: Shopify) -> Iterator[Served]:
    with serving(shop.answer) as running:
        yield running


def land(shop: Shopify, url: str, folder: Path, table: Table = ORDER_LINES, days: int = 0) -> Landed:
    return land_rest(SHOPIFY.of(table), SHOPIFY.api(url, TOKEN, sleep=shop.sleep), Landing(folder), NOW + days * DAY)


def everything(folder: Path, table: Table) -> list[tuple[Any, ...]]:
    return landed(Landing(folder), table, "* exclude (_landed_at)", "order by all")


def downloads(served: Served) -> int:
    return sum(asked.path.startswith("/bulk/") for asked in served.asked)


@pytest.mark.parametrize("table", [CUSTOMERS, ORDERS, ORDER_LINES, REFUNDS, PRODUCTS])
def test_history_comes_as_it_does_page_by_page_and_changes_after_it(shop: Shopify, served: Served, tmp_path: Path, table: Table) -> None:
    land_rest(paged(table), SHOPIFY.api(served.url, TOKEN), Landing(tmp_path / "paged"), NOW)
    before = len(served.asked)
    assert land(shop, served.url, tmp_path, table).rows > 0
    assert everything(tmp_path, table) == everything(tmp_path / "paged", table)
    assert len(served.asked) - before == 4  # started, looked at twice, downloaded
    shop.orders[3]["updatedAt"] = "2026-07-01T10:00:00Z"
    assert land(shop, served.url, tmp_path, table, days=2).rows == (3 if table is ORDER_LINES else 1 if table in (ORDERS, REFUNDS) else 0)
    assert len(shop.operations) == 1


def test_an_empty_shop_has_no_file(tmp_path: Path) -> None:
    shop = Shopify()
    with serving(shop.answer) as served:
        assert land(shop, served.url, tmp_path).rows == 0
    assert downloads(served) == 0


def failed(shop: Shopify, _: Served, place: int) -> None:
    shop.operations[place].error = "INTERNAL_SERVER_ERROR"


def expired(shop: Shopify, _: Served, place: int) -> None:
    shop.operations[place].is_expired = True


def partial(shop: Shopify, _: Served, place: int) -> None:
    del shop.operations[place].lines[-40:]  # parents of some lines, and nobody says so but the count


def orphaned(shop: Shopify, _: Served, place: int) -> None:
    shop.operations[place].lines.append('{"id": "gid://shopify/LineItem/1", "__parentId": "gid://shopify/Order/77777"}')


def cut(_: Shopify, served: Served, place: int) -> None:
    served.faults += [None, None, None, "cut", "cut", "drop"] if place == 0 else [None, None, None, "cut"]


@pytest.mark.parametrize("fault", [failed, expired, partial, orphaned, cut])
@pytest.mark.parametrize("times", [1, 2])
def test_what_is_not_whole_is_never_taken_for_it(shop: Shopify, served: Served, tmp_path: Path, fault: Any, times: int) -> None:
    """Once: the operation is run again. Each time: the orders are listed page by page."""
    honest, lines = shop._start, sum(len(order["lineItems"]["nodes"]) for order in shop.orders)

    def start(asked: Asked, document: str) -> Any:
        started = honest(asked, document)
        place = len(shop.operations) - 1
        if place < times and fault is not cut:
            fault(shop, served, place)
        return started

    shop._start = start  # type: ignore[method-assign]
    if fault is cut:
        for place in range(times):
            cut(shop, served, place)
    assert land(shop, served.url, tmp_path).rows == lines
    assert len(shop.operations) == 2
    everyone = landed(Landing(tmp_path), ORDER_LINES, "count(*), count(distinct order_line_id)")
    assert everyone == [(lines, lines)]


def test_while_other_operations_run_it_waits(shop: Shopify, served: Served, tmp_path: Path) -> None:
    shop.busy = 3
    assert land(shop, served.url, tmp_path, ORDERS).rows == 120
    assert shop.clock == 0.5 + 2 + 5 + 0.5 + 2  # for its turn, then for the operation


@pytest.mark.parametrize("stage", ["looking", "downloading"])
def test_killed_in_the_middle_of_an_operation_the_next_run_has_it_all_once(shop: Shopify, tmp_path: Path, stage: str) -> None:
    process: list[subprocess.Popen[bytes]] = []

    def answer(asked: Asked) -> Reply:
        is_here = asked.path.startswith("/bulk/") if stage == "downloading" else shop.operations
        if is_here and process[0].poll() is None:
            process[0].kill()
            process[0].wait(60)
        return shop.answer(asked)

    with serving(answer) as served:
        process.append(subprocess.Popen([sys.executable, "-c", LAND, served.url, TOKEN, str(tmp_path), NOW.isoformat()]))
        assert process[0].wait(60) == -signal.SIGKILL
        assert Landing(tmp_path).files(ORDER_LINES) == []
        shop.busy = 1  # the operation of the killed run, which nobody stopped
        lines = sum(len(order["lineItems"]["nodes"]) for order in shop.orders)
        assert land(shop, served.url, tmp_path).rows == lines
    assert landed(Landing(tmp_path), ORDER_LINES, "count(*), count(distinct order_line_id)") == [(lines, lines)]
