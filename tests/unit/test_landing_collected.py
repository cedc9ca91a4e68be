"""Raw events from dropped files and from the collector's spool: each lands once, bad lines are told with their place."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from collector_kit import collecting, event
from landing_kit import AS_OF, landed, stored

from orchestration.landing import QUARANTINE, Landing, land_collected
from orchestration.sources.collector import EVENTS


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    folder = tmp_path / "dropped"
    folder.mkdir()
    return folder


def spool(tmp_path: Path) -> Path:
    return tmp_path / "collected" / "events"


def lines(*events: object) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in events)


def test_three_kinds_of_files_land_in_one_shape_and_unknown_fields_are_kept(tmp_path: Path, dropped: Path, landing: Landing) -> None:
    full = event(1, event_at="2026-06-29T10:00:00+02:00", user_id=7, value=19.99, properties={"colour": "red"}, plan="gold", gone=None)
    (dropped / "a.jsonl").write_text(lines(full))
    with (dropped / "b.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["event_id", "event_name", "event_at", "value", "plan", "item_name"])
        writer.writerow(["e2", "purchase", "2026-06-29 11:00:00", "19.90", "gold", 'two\nlines; "quoted"'])
    (dropped / "deeper").mkdir()
    moment = datetime(2026, 6, 29, 12, tzinfo=UTC)
    row = {"event_id": "e3", "event_name": "purchase", "event_at": moment, "value": Decimal("0.1000"), "plan": "gold", "item_quantity": 2}
    pq.write_table(pa.Table.from_pylist([row]), dropped / "deeper" / "c.parquet")
    (dropped / "d.jsonl.gz").write_bytes(gzip.compress(lines(event(4)).encode()))
    (dropped / ".hidden.jsonl").write_text("half")
    (dropped / "notes.txt").write_text("no events")
    result = land_collected(dropped, spool(tmp_path), landing, AS_OF)
    assert (result.rows, result.failures, dict(result.quarantined)) == (4, [], {})
    what = "event_id, event_at, user_id, value, item_name, item_quantity, properties, came_from"
    found = {row[0]: row[1:] for row in landed(landing, EVENTS, what)}
    plan = '{"plan": "gold"}'
    assert found["e1"][:3] == (stored("2026-06-29 08:00"), "7", Decimal("19.9900"))
    assert (json.loads(found["e1"][5]), found["e1"][6]) == ({"colour": "red", "plan": "gold"}, "a.jsonl:1")
    quoted = 'two\nlines; "quoted"'
    assert found["e2"] == (stored("2026-06-29 11:00"), None, Decimal("19.9000"), quoted, None, plan, "b.csv:2")
    assert found["e3"] == (stored("2026-06-29 12:00"), None, Decimal("0.1000"), None, 2, plan, "deeper/c.parquet:1")


def test_a_file_is_read_again_only_once_it_has_changed_and_events_land_once(tmp_path: Path, dropped: Path, landing: Landing) -> None:
    (dropped / "a.jsonl").write_text(lines(event(1), event(1), event(2)))
    (dropped / "b.jsonl").write_text(lines(event(2)))
    assert land_collected(dropped, spool(tmp_path), landing, AS_OF).rows == 2
    assert land_collected(dropped, spool(tmp_path), landing, AS_OF).rows == 0
    with (dropped / "a.jsonl").open("a") as file:
        file.write(lines(event(3)))
    assert land_collected(dropped, spool(tmp_path), landing, AS_OF + timedelta(days=1)).rows == 1
    assert sorted(landed(landing, EVENTS, "event_id, _is_backfill")) == [("e1", True), ("e2", True), ("e3", False)]
    assert {path.name for path in dropped.iterdir()} == {"a.jsonl", "b.jsonl"}


def test_bad_lines_are_in_the_quarantine_with_file_and_line(tmp_path: Path, dropped: Path, landing: Landing) -> None:
    (dropped / "a.jsonl").write_text(lines(event(1)) + "no json\n" + lines([1], event(2, event_at="yesterday")) + '{"event_id": "e9"')
    (dropped / "b.csv").write_text("event_id,event_name,event_at\ne3,view,2026-06-29,much\ne4,view\ne5,view,2026-06-29\n")
    result = land_collected(dropped, spool(tmp_path), landing, AS_OF)
    assert (result.rows, dict(result.quarantined)) == (2, {"event_at_invalid": 1, "line_unreadable": 5})
    kept = {(row[0], row[1]): row for row in landed(landing, QUARANTINE, "reason, row_key, detail, payload")}
    assert json.loads(kept["line_unreadable", "a.jsonl:2"][3]) == {"came_from": "a.jsonl:2", "line": "no json"}
    assert "cut off" in kept["line_unreadable", "a.jsonl:5"][2]
    assert {("line_unreadable", place) for place in ("a.jsonl:3", "b.csv:2", "b.csv:3")} <= kept.keys()
    assert json.loads(kept["event_at_invalid", "e2"][3])["came_from"] == "a.jsonl:4"


def test_a_broken_file_is_told_and_stops_no_other(tmp_path: Path, dropped: Path, landing: Landing) -> None:
    (dropped / "a.parquet").write_bytes(b"PAR1 and no more")
    (dropped / "b.jsonl.gz").write_bytes(gzip.compress(lines(*(event(number) for number in range(3000))).encode())[:-30])
    (dropped / "c.jsonl").write_bytes(b"\x00\xff\n" * 10_001)
    (dropped / "d.jsonl").write_text(lines(event(1)))
    result = land_collected(dropped, spool(tmp_path), landing, AS_OF)
    assert [failure.split()[0] for failure in result.failures] == ["a.parquet", "b.jsonl.gz", "c.jsonl"]
    assert ("e1",) in landed(landing, EVENTS, "event_id")
    (dropped / "b.jsonl.gz").write_bytes(gzip.compress(lines(*(event(number) for number in range(3000))).encode()))
    again = land_collected(dropped, spool(tmp_path), landing, AS_OF)
    assert [failure.split()[0] for failure in again.failures] == ["a.parquet", "c.jsonl"]
    assert landed(landing, EVENTS, "count(*), count(distinct event_id)") == [(3000, 3000)]


def test_a_folder_that_is_not_there_is_told_and_the_spool_still_lands(tmp_path: Path, landing: Landing) -> None:
    spool(tmp_path).mkdir(parents=True)
    (spool(tmp_path) / "x.jsonl").write_text(lines(event(1)))
    result = land_collected(tmp_path / "nowhere", spool(tmp_path), landing, AS_OF)
    assert (result.rows, len(result.failures)) == (1, 1)
    assert land_collected(None, spool(tmp_path), landing, AS_OF).failures == []


def test_what_the_collector_took_lands_while_it_runs_and_its_files_go_after_that(tmp_path: Path, landing: Landing) -> None:
    with collecting(tmp_path / "collected") as running:
        assert running.post([event(1), event(2, note="\u0000")]).status_code == 202
        assert land_collected(None, running.spool, landing, AS_OF).rows == 2
        assert len(list(running.spool.glob("*.jsonl"))) == 1, "a file that is still written must stay"
        assert running.post([event(2), event(3)]).status_code == 202
    assert land_collected(None, running.spool, landing, AS_OF).rows == 1
    assert list(running.spool.iterdir()) == []
    assert sorted(landed(landing, EVENTS, "event_id")) == [("e1",), ("e2",), ("e3",)]


def test_times_and_properties_that_nothing_can_hold_stop_no_landing(tmp_path: Path, dropped: Path, landing: Landing) -> None:
    (dropped / "a.jsonl").write_text(lines(event(1, event_at="0001-01-01T00:00:00+23:59"), event(2, event_at=17), event(3)))
    deep = "[" * 100_000
    (dropped / "b.csv").write_text(f"event_id,event_name,event_at,properties\ne4,view,2026-06-29,{deep}\n")
    result = land_collected(dropped, spool(tmp_path), landing, AS_OF)
    assert (result.rows, result.failures) == (2, [])
    assert sum(result.quarantined.values()) == 2
