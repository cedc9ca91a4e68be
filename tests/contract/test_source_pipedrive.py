"""Pipedrive as a source: its documented answers, and a server with cursors and `updated_since`."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from api_kit import Asked, Reply, serving

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.pipedrive import ORGANIZATIONS, PERSONS, PIPEDRIVE
from orchestration.sources.table import Table

SAMPLES = Path(__file__).parent / "samples/pipedrive"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
TOKEN = "t0ken"


def land(url: str, folder: Path, as_of: datetime = NOW, table: Table = PERSONS) -> Landed:
    return land_rest(PIPEDRIVE.of(table), PIPEDRIVE.api(url, TOKEN, sleep=lambda _: None), Landing(folder), as_of)


def landed(folder: Path, columns: str, table: Table = PERSONS) -> list[Any]:
    return duckdb.connect().sql(f"select {columns} from {Landing(folder).scan(table)} order by all").fetchall()


class Pipedrive:
    """GET /persons: sorted by when they changed, a cursor that names the place in that order, at most 500 a page."""

    def __init__(self, count: int) -> None:
        (self.model, _) = json.loads((SAMPLES / "persons.json").read_text())["data"]
        self.persons = {number: self.one(number, datetime(2026, 1, 1, tzinfo=UTC)) for number in range(1, count + 1)}

    def one(self, number: int, changed: datetime, **more: Any) -> dict[str, Any]:
        return {**self.model, "id": number, "update_time": f"{changed:%Y-%m-%dT%H:%M:%SZ}", **more}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("x-api-token") != TOKEN:
            return Reply({"success": False, "error": "unauthorized access"}, 401)
        limit = int(asked.params.get("limit", 100))
        if limit > 500 or asked.params["sort_by"] not in ("id", "update_time", "add_time"):
            return Reply({"success": False}, 400)
        place = tuple(json.loads(base64.b64decode(asked.params["cursor"]))) if "cursor" in asked.params else ("", 0)
        since = asked.params.get("updated_since", "")
        by = "" if asked.params["sort_by"] == "id" else "update_time"
        rows = sorted((one.get(by, ""), one["id"]) for one in self.persons.values() if one["update_time"] >= since)
        page = [row for row in rows if row > place][: limit + 1]
        more = base64.b64encode(json.dumps(page[limit - 1]).encode()).decode() if len(page) > limit else None
        data = [self.persons[number] for _, number in page[:limit]]
        return Reply({"success": True, "data": data or None, "additional_data": {"next_cursor": more}})


def test_the_documented_answers_land_as_declared(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(json.loads((SAMPLES / f"{asked.path.split('/')[-1]}.json").read_text()))) as served:
        persons, organizations = land(served.url, tmp_path), land(served.url, tmp_path, table=ORGANIZATIONS)
    assert (persons.rows, persons.quarantined, organizations.rows) == (2, {}, 1)
    assert persons.warnings == organizations.warnings == []
    assert landed(tmp_path, "person_id, email, phone, street, country_code, organization_id, marketing_status") == [
        ("1", "a***@example.com", "+49 151 00000000", "Musterstraße 1", "DE", "7", "unsubscribed"),
        ("2", None, None, None, None, None, "no_consent"),
    ]
    assert {asked.path for asked in served.asked} == {"/api/v2/persons", "/api/v2/organizations"}


@pytest.mark.parametrize("fault", [None, 429, 500, "cut", "drop"])
def test_all_pages_arrive_though_persons_change_meanwhile_and_the_service_stumbles(fault: Any, tmp_path: Path) -> None:
    vendor = Pipedrive(1203)
    changes = iter([True])

    def answer(asked: Asked) -> Reply:
        reply = vendor.answer(asked)
        if "cursor" not in asked.params and next(changes, False):  # after the first page: one of it, one of the others
            for number in (3, 900):
                vendor.persons[number] = vendor.one(number, NOW, org_id=number)
        return reply

    with serving(answer) as served:
        served.faults = [fault, None, fault]
        land(served.url, tmp_path)
        assert len({number for (number,) in landed(tmp_path, "person_id")}) == 1203
        assert land(served.url, tmp_path, NOW + timedelta(days=1)).rows == 0
    versions = landed(tmp_path, "person_id, updated_at")
    assert len(versions) == len(set(versions))
    assert {("3", "3"), ("900", "900")} <= set(landed(tmp_path, "person_id, organization_id"))


def test_only_what_changed_is_asked_for(tmp_path: Path) -> None:
    vendor = Pipedrive(20)
    with serving(vendor.answer) as served:
        land(served.url, tmp_path)
        vendor.persons[5] = vendor.one(5, NOW, marketing_status="subscribed")
        assert land(served.url, tmp_path, NOW + timedelta(days=1)).rows == 1
    assert served.asked[-1].params["updated_since"] == "2025-12-31T00:00:00Z"
    assert served.asked[-1].params["limit"] == "500"
