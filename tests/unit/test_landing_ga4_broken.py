"""Deliveries of the GA4 export that are not as they should be: what is left as it was, and what is said about it."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from landing_kit import AS_OF, event, ga4_parquet, landed, micros

from orchestration.landing import Landing, land_ga4
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError


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


def test_a_missing_or_empty_folder_is_said(tmp_path: Path, folder: Path, landing: Landing) -> None:
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere"):
        land_ga4(tmp_path / "nowhere", landing, AS_OF)
    (folder / "notes.txt").write_text("nothing")
    with pytest.raises(SourceError, match="holds no day file"):
        land_ga4(folder, landing, AS_OF)


def test_a_broken_day_is_left_as_it_was_and_the_others_go_on(folder: Path, landing: Landing) -> None:
    for day in ("20260626", "20260627", "20260628"):
        day_file(folder, day, event(day))
    land_ga4(folder, landing, AS_OF)
    (folder / "events_20260626.parquet").write_bytes(b"this is no Parquet file at all")
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as event_name, 'x' as other) to '{folder}/events_20260627.parquet'")
        wrong = "select '20260628' as event_date, 1::bigint as event_timestamp, 'a' as event_name, 'text' as event_params"
        connection.execute(f"copy ({wrong}) to '{folder}/events_20260628.parquet'")
    day_file(folder, "20260629", event("20260629"))
    result = land_ga4(folder, landing, AS_OF + timedelta(days=1))
    assert [path.name for path in result.files] == ["events_20260629.parquet"]
    one, two, three = result.failures
    assert one.startswith("ga4.events_20260626.parquet: it is no Parquet file")
    assert two.startswith("ga4.events_20260627.parquet: column event_date, event_timestamp, event_params")
    assert "is missing; found: event_name, other" in two
    assert "column event_params holds a plain value where a list is expected" in three
    assert len(landed(landing, ga4.EVENTS)) == 4


def test_a_day_delivered_twice_counts_once(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260629", event("20260629"))
    (folder / "events_20260629.jsonl").write_text(json.dumps(event("20260629", 5)))
    shutil.copy(folder / "events_20260629.parquet", folder / "events_20260629 (1).parquet")
    shutil.copy(folder / "events_20260629.parquet", folder / "events_intraday_20260629.parquet")
    result = land_ga4(folder, landing, AS_OF)
    assert result.rows == 1
    assert [warning.partition(":")[0] for warning in result.warnings] == [
        "events_20260629.jsonl",
        "events_20260629 (1).parquet",
    ]
    assert "events_20260629.parquet is taken" in result.warnings[0]
    assert landed(landing, ga4.EVENTS, "event_timestamp") == [(micros("2026-06-29T12:00:00"),)]


def test_an_empty_day_and_a_gap_are_said(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260625", event("20260625"))
    day_file(folder, "20260627")
    (folder / "events_20260628.jsonl").write_text("")
    result = land_ga4(folder, landing, AS_OF)
    assert (result.rows, len(result.files), result.failures) == (1, 3, [])
    assert [warning.split(":")[0] for warning in result.warnings[:2]] == ["events_20260627.parquet", "events_20260628.jsonl"]
    assert "1 days are missing in the middle: events_20260626" in result.warnings[2]


def test_a_day_never_becomes_empty(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260629", event("20260629"))
    land_ga4(folder, landing, AS_OF)
    day_file(folder, "20260629")
    result = land_ga4(folder, landing, AS_OF)
    assert (result.files, len(result.failures)) == ([], 1)
    assert "it holds no good event" in result.failures[0]
    assert len(landed(landing, ga4.EVENTS)) == 1


def test_a_file_of_another_day_is_refused_whole(folder: Path, landing: Landing) -> None:
    day_file(folder, "20260629", event("20260628"))
    result = land_ga4(folder, landing, AS_OF)
    assert (dict(result.quarantined), result.files) == ({"event_date_mismatch": 1}, [])
    assert "The day is left as it was" in result.failures[0]


def test_file_names_are_read_strictly(folder: Path) -> None:
    for name in ("events_20260629.parquet", "events_20260630.json.gz", "events_20269999.parquet", "Events_20260629.parquet", "other.csv"):
        (folder / name).touch()
    found = ga4.deliveries(folder)
    assert list(found.days) == [date(2026, 6, 29), date(2026, 6, 30)]
    assert found.warnings == ["events_20269999.parquet: 20269999 is no date, the file is left out. Name it events_YYYYMMDD."]
