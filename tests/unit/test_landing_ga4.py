"""Day files of the GA4 export: what lands, when it counts as known, and which events are refused."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from landing_kit import AS_OF, event, ga4_parquet, landed, micros, stored

from orchestration.landing import QUARANTINE, Landing, land_ga4
from orchestration.sources import ga4

SAMPLE = Path(__file__).parents[3] / "shared/data/ga4_export/ga4_events_sampled.snappy.parquet"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ga4"
    path.mkdir()
    return path


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def day_file(folder: Path, day: str, *events: dict[str, object]) -> Path:
    return ga4_parquet(folder / f"events_{day}.parquet", events)


def test_days_land_one_file_each_and_unchanged_ones_are_left_alone(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260628", event("20260628"), event("20260628", 1))
    day_file(folder, "20260629", event("20260629"))
    first = land_ga4(folder, landing, AS_OF)
    assert (first.rows, len(first.files), first.failures, first.warnings) == (3, 2, [], [])
    assert first.watermark == datetime(2026, 6, 29, 12, tzinfo=UTC)
    assert landed(landing, ga4.EVENTS, "distinct _is_backfill, _landed_at") == [(True, stored("2026-06-30 09:00"))]
    os.utime(folder / "events_20260628.parquet", ns=(1, 1))  # copied again, with the same contents
    unchanged = land_ga4(folder, landing, AS_OF)
    assert (unchanged.files, unchanged.watermark) == ([], first.watermark)


def test_a_late_row_carries_its_own_landing_time_and_the_others_keep_theirs(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260629", event("20260629"))
    land_ga4(folder, landing, AS_OF)
    day_file(folder, "20260629", event("20260629", 1, user_pseudo_id=None), event("20260629"))
    day_file(folder, "20260630", event("20260630"))
    again = land_ga4(folder, landing, AS_OF + timedelta(days=1))
    assert [path.name for path in again.files] == ["events_20260629.parquet", "events_20260630.parquet"]
    first, second = stored("2026-06-30 09:00"), stored("2026-07-01 09:00")
    assert landed(landing, ga4.EVENTS, "event_timestamp, _landed_at, _is_backfill", "order by 1") == [
        (micros("2026-06-29T12:00:00"), first, True),
        (micros("2026-06-29T12:00:01"), second, False),
        (micros("2026-06-30T12:00:00"), second, False),
    ]


def test_history_stays_history_when_the_first_load_was_cut_short(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260628", event("20260628"))
    day_file(folder, "20260629", event("20260629"))
    land_ga4(folder, landing, AS_OF)
    (landing.folder(ga4.EVENTS) / "events_20260629.parquet").unlink()
    land_ga4(folder, landing, AS_OF + timedelta(hours=1))
    assert landed(landing, ga4.EVENTS, "_is_backfill") == [(True,), (True,)]


def test_newline_json_with_integers_as_text_and_left_out_structs(folder: Path, landing: Landing) -> None:
    nested = {
        "event_params": [{"key": "ga_session_id", "value": {"int_value": "77"}}],
        "ecommerce": {"transaction_id": "o1", "purchase_revenue": 12.5, "unique_items": "2"},
        "is_active_user": True,
        "stream_id": 123,
    }
    lines = [event("20260629", event_timestamp=str(micros("2026-06-29T12:00:00"))), event("20260629", 1, **nested)]
    text = [json.dumps(lines[0]), json.dumps(lines[1]), '{"event_name": "cut o', "[1]", ""]
    (folder / "events_20260629.jsonl").write_text("\n".join(text))
    result = land_ga4(folder, landing, AS_OF)
    assert (result.rows, dict(result.quarantined)) == (2, {"line_invalid": 2})
    rows = landed(
        landing, ga4.EVENTS, "event_params[1].value.int_value, ecommerce.unique_items, stream_id, items", "order by event_timestamp"
    )
    assert rows == [(None, None, None, None), (77, 2, "123", None)]
    assert ('"{\\"event_name\\": \\"cut o"',) in landed(landing, QUARANTINE, "payload")


def test_bad_events_are_refused_by_name_once(folder: Path, landing: Landing) -> None:
    impossible = [5, micros("2026-07-03T00:00:00"), 2**62, -1]
    day_file(
        folder,
        "20260629",
        event("20260629"),
        event("20260629", event_timestamp=None),
        event("20260629", name=""),
        event("20260628"),
        *(event("20260629", event_timestamp=moment) for moment in impossible),
        event("20260629", event_timestamp=micros("2026-07-02T23:59:59")),
    )
    expected = {"event_timestamp_missing": 1, "event_name_missing": 1, "event_date_mismatch": 1, "event_timestamp_impossible": 4}
    result = land_ga4(folder, landing, AS_OF)
    assert (result.rows, dict(result.quarantined)) == (2, expected)
    day_file(folder, "20260629", event("20260629"), event("20260629", name=""))
    assert dict(land_ga4(folder, landing, AS_OF).quarantined) == {}
    assert len(landed(landing, QUARANTINE)) == sum(expected.values())
    assert all(detail.startswith("events_20260629.parquet: ") for (detail,) in landed(landing, QUARANTINE, "detail"))


@pytest.mark.skipif(not SAMPLE.exists(), reason="the real GA4 export sample is not at ../shared/data")
def test_the_real_export_lands_without_loss(folder: Path, landing: Landing) -> None:
    with duckdb.connect() as connection:
        for day in ("20201117", "20201205"):
            wanted = f"select * from '{SAMPLE}' where event_date = '{day}'"
            connection.execute(f"copy ({wanted}) to '{folder}/events_{day}.parquet' (format parquet)")
        totals = "count(*), sum(len(event_params)), sum(len(items)), sum(ecommerce.purchase_revenue), count(device.web_info.browser)"
        expected = connection.execute(f"select {totals} from '{SAMPLE}' where event_date in ('20201117', '20201205')").fetchall()
    result = land_ga4(folder, landing, datetime(2021, 2, 1, tzinfo=UTC))
    assert (dict(result.quarantined), result.failures) == ({}, [])
    assert landed(landing, ga4.EVENTS, totals) == expected
