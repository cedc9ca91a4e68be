"""KeyCRM as a source: its documented answers, and a server with pages of 50 that rows move between."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from api_kit import Asked, Reply, serving

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.keycrm import KEYCRM
from orchestration.sources.keycrm_tables import BUYERS, ORDER_LINES, ORDERS, SOURCES
from orchestration.sources.table import Table

SAMPLES = Path(__file__).parent / "samples/keycrm"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
TOKEN = "t0ken"


def land(url: str, folder: Path, as_of: datetime = NOW, table: Table = BUYERS, waits: list[float] | None = None) -> Landed:
    api = KEYCRM.api(url + "/v1", TOKEN, sleep=([] if waits is None else waits).append)
    return land_rest(KEYCRM.of(table), api, Landing(folder), as_of)


def landed(folder: Path, columns: str, table: Table = BUYERS) -> list[Any]:
    return duckdb.connect().sql(f"select {columns} from {Landing(folder).scan(table)} order by all").fetchall()


class KeyCrm:
    """GET /buyer: at most 50 a page, sorted by id, filtered by when they changed, with the total that laravel's pages state."""

    def __init__(self, count: int) -> None:
        (self.model,) = json.loads((SAMPLES / "buyer.json").read_text())["data"]
        self.buyers = {number: self.one(number, datetime(2026, 1, 1, tzinfo=UTC)) for number in range(1, count + 1)}

    def one(self, number: int, changed: datetime, **more: Any) -> dict[str, Any]:
        return {**self.model, "id": number, "updated_at": f"{changed:%Y-%m-%d %H:%M:%S}", **more}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"message": "Unauthenticated."}, 401)
        low, high = asked.params.get("filter[updated_between]", ",z").split(",")
        found = [one for one in self.buyers.values() if low <= one["updated_at"] <= high]
        found.sort(key=lambda one: one["id"], reverse=asked.params.get("sort") == "-id")
        limit, page = min(int(asked.params["limit"]), 50), int(asked.params["page"])
        last = max(1, -(-len(found) // limit))
        rows = found[(page - 1) * limit : page * limit]
        return Reply({"total": len(found), "current_page": page, "per_page": limit, "last_page": last, "data": rows})


def test_the_documented_answers_land_as_declared(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(json.loads((SAMPLES / f"{asked.path.removeprefix('/v1/').replace('/', '_')}.json").read_text()))

    with serving(answer) as served:
        outcomes = [land(served.url, tmp_path, table=table) for table in KEYCRM.tables]
    assert [(outcome.rows, outcome.quarantined) for outcome in outcomes] == [(1, {})] * 4
    assert landed(tmp_path, "buyer_id, email, phone, company_name") == [("22", "a***@example.com", "+380670000000", "SampleCompany")]
    assert landed(tmp_path, "order_id, buyer_id, phone, total_amount::varchar, ordered_at::varchar, country_code", ORDERS) == [
        ("77", "22", "+380670000000", "122.5000", "2026-06-20 10:00:00", "UA")
    ]
    assert landed(tmp_path, "order_line_id, order_id, product_id, quantity::varchar, updated_at::varchar", ORDER_LINES) == [
        ("701", "77", "3", "12.5000", "2026-06-29 17:00:07")
    ]
    assert landed(tmp_path, "source_id, currency", SOURCES) == [("11", "UAH")]


def test_the_pace_of_a_request_a_second_is_kept(tmp_path: Path) -> None:
    waits: list[float] = []
    with serving(KeyCrm(260).answer) as served:
        assert land(served.url, tmp_path, waits=waits).rows == 260
    assert len(served.asked) == 6
    assert len(waits) == 5
    assert all(0 < wait <= 1 for wait in waits)


@pytest.mark.parametrize("fault", [None, 429, 500, "cut", "drop"])
def test_rows_that_move_between_pages_are_neither_lost_nor_doubled(fault: Any, tmp_path: Path) -> None:
    vendor = KeyCrm(260)
    events: dict[int, Any] = {
        2: lambda: [vendor.buyers.pop(number) for number in (258, 259, 260)],  # all others move forward
        3: lambda: vendor.buyers.update({500: vendor.one(500, NOW)}),  # all others move back
        4: lambda: vendor.buyers.update({120: vendor.one(120, NOW, full_name="changed")}),
    }

    def answer(asked: Asked) -> Reply:
        event = events.pop(int(asked.params["page"]), None)
        if event:
            event()
        return vendor.answer(asked)

    with serving(answer) as served:
        served.faults = [None, fault, None, fault]
        land(served.url, tmp_path)
        land(served.url, tmp_path, NOW + timedelta(days=1))
    known = landed(tmp_path, "buyer_id, updated_at, _landed_at")
    assert {int(number) for number, *_ in known} == {*range(1, 261), 500}
    assert len(known) == len(set(known))
    assert ("120", "changed") in landed(tmp_path, "buyer_id, name")


def test_the_stretch_that_is_asked_for_overlaps_and_is_utc(tmp_path: Path) -> None:
    vendor = KeyCrm(3)
    with serving(vendor.answer) as served:
        land(served.url, tmp_path)
        vendor.buyers[2] = vendor.one(2, NOW, full_name="changed")
        assert land(served.url, tmp_path, NOW + timedelta(days=1)).rows == 1
    assert served.asked[-1].params["filter[updated_between]"] == "2025-12-31 00:00:00,2100-01-01 00:00:00"
