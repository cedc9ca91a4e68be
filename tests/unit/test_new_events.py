"""The sensor over a folder of day files: what starts a run, and what does not."""

import json
import os
from pathlib import Path

import dagster as dg
import pytest
from shell_kit import Deployment

from orchestration.automation import new_collected_events, new_events
from orchestration.definitions import defs
from orchestration.resources import Folders, Outside


class Sensor:
    """The sensor over a folder, tick after tick, with the cursor kept as the daemon keeps it."""

    def __init__(self, folder: Path) -> None:
        settings = Deployment(folder).settings
        names = [name for name in Outside.model_fields if name != "ga4_folder"]
        self.outside = Outside(ga4_folder=str(folder), **{name: settings[name.upper()] for name in names})
        self.cursor: str | None = None

    def tick(self) -> tuple[list[dg.RunRequest], str]:
        with dg.build_sensor_context(cursor=self.cursor, resources={"outside": self.outside}, definitions=defs) as context:
            found = new_events.evaluate_tick(context)
        self.cursor = found.cursor or self.cursor
        return list(found.run_requests or ()), found.skip_message or ""


@pytest.fixture
def sensor(tmp_path: Path) -> Sensor:
    (tmp_path / "events_20260629.parquet").write_bytes(b"one")
    return Sensor(tmp_path)


def test_the_first_tick_takes_note_and_an_unchanged_folder_is_left_alone(sensor: Sensor) -> None:
    assert sensor.tick() == ([], "took note of 1 days")
    assert list(json.loads(sensor.cursor or "")) == ["events_20260629.parquet"]
    assert sensor.tick() == ([], "no new events")


def test_a_new_day_and_a_grown_one_start_one_run_each(sensor: Sensor, tmp_path: Path) -> None:
    sensor.tick()
    (tmp_path / "events_20260630.parquet").write_bytes(b"two")
    (new,), _ = sensor.tick()
    assert new.tags["regulars/days"] == "events_20260630.parquet"
    assert sensor.tick() == ([], "no new events")
    (tmp_path / "events_20260630.parquet").write_bytes(b"two and three")
    (grown,), _ = sensor.tick()
    assert grown.run_key != new.run_key
    (tmp_path / "notes.txt").write_text("not a day")
    assert sensor.tick() == ([], "no new events")


def test_several_changes_at_once_are_one_run(sensor: Sensor, tmp_path: Path) -> None:
    sensor.tick()
    for name in ("events_20260629.parquet", "events_20260630.parquet"):
        (tmp_path / name).write_bytes(b"more of it")
        os.utime(tmp_path / name, (2e9, 2e9))
    (request,), _ = sensor.tick()
    assert request.tags["regulars/days"] == "events_20260629.parquet,events_20260630.parquet"


def test_the_first_day_in_an_empty_folder_starts_a_run(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    assert sensor.tick() == ([], "took note of 0 days")
    (tmp_path / "events_20260630.parquet").write_bytes(b"one")
    assert len(sensor.tick()[0]) == 1


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    requests, said = Sensor(tmp_path / "gone").tick()
    assert requests == []
    assert "there is no folder" in said and "GA4_FOLDER" in said


def test_collected_and_dropped_events_start_a_run_and_none_while_one_is_under_way(tmp_path: Path) -> None:
    spool = tmp_path / "data" / "collected" / "events"
    dropped = tmp_path / "dropped"
    for folder in (spool, dropped):
        folder.mkdir(parents=True)
    settings = Deployment(tmp_path).settings | {"EVENTS_FOLDER": str(dropped)}
    outside = Outside(**{name: settings[name.upper()] for name in Outside.model_fields})
    resources = {"outside": outside, "folders": Folders(root=str(tmp_path / "data"))}
    cursor: str | None = None

    @dg.job(name="reactive")
    def any_run() -> None: ...

    def tick(instance: dg.DagsterInstance) -> tuple[int, str]:
        nonlocal cursor
        with dg.build_sensor_context(instance, cursor, resources=resources, definitions=defs) as context:
            found = new_collected_events.evaluate_tick(context)
        cursor = found.cursor or cursor
        return len(found.run_requests or ()), found.skip_message or ""

    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance) == (0, "took note of 0 files")
        (spool / "a.jsonl").write_text("{}\n")
        assert tick(instance) == (1, "")
        (spool / "a.jsonl").unlink()  # it has landed
        webhooks = tmp_path / "data" / "collected" / "webhooks"
        webhooks.mkdir()
        (webhooks / "w.jsonl").write_text("{}\n")
        assert tick(instance) == (1, "")
        (webhooks / "w.jsonl").unlink()
        assert tick(instance) == (0, "no new events")
        (dropped / "b.csv").write_text("event_id\n")
        run = instance.create_run_for_job(any_run, status=dg.DagsterRunStatus.STARTED)
        assert tick(instance) == (0, "a run is under way")
        instance.report_run_canceled(run)
        assert tick(instance) == (1, "")
