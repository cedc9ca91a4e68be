"""Columns of the GA4 export that are new, gone or of another type; copies; packed files: what lands and what is said."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from landing_kit import AS_OF, event, ga4_parquet, landed

from orchestration.landing import Landing, land_ga4
from orchestration.sources import ga4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ga4").mkdir()
    return tmp_path / "ga4"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def changed(folder: Path, day: str, select: str, *events: dict[str, object]) -> Path:
    """A Parquet day whose columns are changed by a select list."""
    path = ga4_parquet(folder / f"events_{day}.parquet", events or [event(day)])
    with duckdb.connect() as connection:
        connection.execute(f"create table day as select {select} from '{path}'")
        connection.execute(f"copy day to '{path}' (format parquet)")
    return path


def test_new_columns_and_fields_are_kept_reported_once_and_can_be_read(folder: Path, landing: Landing) -> None:
    ga4_parquet(folder / "events_20260626.parquet", [event("20260626")])
    land_ga4(folder, landing, AS_OF)
    new = "{'city': 'Rome', 'postcode': '00100'}"
    changed(folder, "20260627", f"* replace ({new} as geo), 7::bigint as visit_score, [{{'id': 1}}] as cohorts")
    lines = [event("20260628", geo={"city": "Bonn", "postcode": "53111"}, visit_score="8", shoe_size={"eu": 44})]
    (folder / "events_20260628.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    first = land_ga4(folder, landing, AS_OF)
    assert first.failures == []
    told = "\n".join(first.warnings)
    assert all(name in told for name in ("geo.postcode", "visit_score", "cohorts", "shoe_size"))
    changed(folder, "20260629", "*, 9::bigint as visit_score, [{'id': 2}] as cohorts, {'eu': 45} as shoe_size")
    assert land_ga4(folder, landing, AS_OF).warnings == []
    rows = landed(landing, ga4.EVENTS, "geo.city, geo.postcode, visit_score, cohorts[1].id, shoe_size.eu", "order by event_date")
    assert rows == [(None,) * 5, ("Rome", "00100", 7, 1, None), ("Bonn", "53111", 8, None, "44"), (None, None, 9, 2, "45")]


def test_a_missing_column_fails_its_day_with_a_diff_and_others_go_on(folder: Path, landing: Landing) -> None:
    ga4_parquet(folder / "events_20260626.parquet", [event("20260626")])
    land_ga4(folder, landing, AS_OF)
    changed(folder, "20260627", "* exclude (items, ecommerce)")
    changed(folder, "20260625", "* exclude (is_active_user)")  # an older table is from before the column
    ga4_parquet(folder / "events_20260628.parquet", [event("20260628")])
    result = land_ga4(folder, landing, AS_OF)
    assert [path.stem for path in result.files] == ["events_20260625", "events_20260628"]
    (said,) = result.failures
    assert said.startswith("ga4.events_20260627.parquet: column ecommerce, items is missing; found: event_date,")


def test_a_retyped_column_fails_its_day_with_a_diff_and_no_value(folder: Path, landing: Landing) -> None:
    params = "[{'key': 'k', 'value': {'string_value': 'a', 'int_value': 'ann@example.com', 'float_value': 1.0, 'double_value': 1.0}}]"
    changed(folder, "20260627", f"* replace ({params} as event_params, 5 as geo)")
    changed(folder, "20260628", f"* replace ({params} as event_params)")
    changed(folder, "20260629", "* replace (now() as event_timestamp)")
    result = land_ga4(folder, landing, AS_OF)
    one, two, three = result.failures
    assert "column geo holds a plain value where a STRUCT is expected" in one
    assert "event_params.value.int_value is VARCHAR where BIGINT is expected" in two
    assert "event_timestamp is TIMESTAMP WITH TIME ZONE where BIGINT is expected" in three
    assert "ann@" not in "".join(result.failures)


def test_another_type_with_the_same_values_lands_and_bad_values_are_refused(folder: Path, landing: Landing) -> None:
    params = "[{'key': 'k', 'value': {'string_value': null, 'int_value': '5', 'float_value': null, 'double_value': '2.5'}}]"
    select = f"* replace ({params} as event_params, 123 as stream_id, 2.0 as batch_event_index, null as items)"
    changed(folder, "20260627", select)
    changed(
        folder,
        "20260628",
        "* replace (case when event_name = 'bad' then 'x' else '7' end as batch_page_id)",
        *[event("20260628", name=name) for name in ("good", "bad")],
    )
    result = land_ga4(folder, landing, AS_OF)
    assert (result.failures, dict(result.quarantined)) == ([], {"batch_page_id_invalid": 1})
    what = "event_params[1].value.int_value, event_params[1].value.double_value, stream_id, batch_event_index, batch_page_id"
    assert landed(landing, ga4.EVENTS, what, "order by event_date") == [(5, 2.5, "123", 2, None), (None, None, None, None, 7)]


def test_an_event_that_comes_twice_in_a_day_counts_once(folder: Path, landing: Landing) -> None:
    placed = {"event_bundle_sequence_id": 1, "batch_page_id": 1, "batch_ordering_id": 1}
    one, two = event("20260629", batch_event_index=1, **placed), event("20260629", batch_event_index=2, **placed)
    ga4_parquet(folder / "events_20260629.parquet", [one, two, one, one])
    result = land_ga4(folder, landing, AS_OF)
    assert (result.rows, result.warnings) == (2, ["events_20260629.parquet: 2 events came twice and are landed once."])
    assert sorted(landed(landing, ga4.EVENTS, "batch_event_index")) == [(1,), (2,)]


def test_events_of_one_batch_in_exports_without_a_place_in_it_are_two(folder: Path, landing: Landing) -> None:
    def line(page: str) -> str:
        return json.dumps(event("20260629", event_params=[{"key": "page_location", "value": {"string_value": page}}]))

    (folder / "events_20260629.jsonl").write_text("\n".join([line("/a"), line("/b"), line("/a")]))
    assert land_ga4(folder, landing, AS_OF).rows == 2
    (folder / "events_20260629.jsonl").write_text("\n".join([line("/b"), line("/a"), line("/c")]))
    assert land_ga4(folder, landing, AS_OF + timedelta(days=1)).rows == 3
    pages = landed(landing, ga4.EVENTS, "event_params[1].value.string_value", "order by 1")
    assert pages == [("/a",), ("/b",), ("/c",)]


def test_packed_and_mixed_lines(folder: Path, landing: Landing) -> None:
    lines = [
        event("20260629", items=[{"item_id": "p1", "quantity": "2"}], ecommerce=None),
        event("20260629", 1, items="nonsense"),
        event("20260629", 2, ecommerce={}, is_active_user="maybe"),
    ]
    (folder / "events_20260629.json.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    result = land_ga4(folder, landing, AS_OF)
    assert (result.rows, dict(result.quarantined), result.failures) == (1, {"items_invalid": 1, "is_active_user_invalid": 1}, [])
    assert landed(landing, ga4.EVENTS, "items[1].item_id, items[1].quantity") == [("p1", 2)]
