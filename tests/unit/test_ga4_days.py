"""The days of the GA4 export as partitions: what the jobs tell of them, and what a back-fill does with the days picked."""

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import dagster as dg
import duckdb
import pytest
from bigquery_kit import DATASET, PROJECT, bigquery
from landing_kit import event, ga4_parquet, landed
from shell_kit import Deployment, checks, failures

from orchestration.assets.raw import RAW
from orchestration.automation import new_events
from orchestration.definitions import defs
from orchestration.resources import Outside
from orchestration.sources import ga4
from orchestration.sources.ga4_schema import DEFINITION

EVENTS = dg.AssetKey(["raw", "ga4_events"])
(ASSET,) = [asset for asset in RAW if asset.key == EVENTS]
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@pytest.fixture
def shop(tmp_path: Path) -> Deployment:
    """A deployment with five days of events and nothing else."""
    deployment = Deployment(tmp_path)
    (deployment.world / "ga4").mkdir(parents=True)
    (deployment.world / "clock.json").write_text(json.dumps({"as_of": "2026-06-30T09:00:00+00:00"}))
    for day in range(24, 29):
        ga4_parquet(deployment.world / "ga4" / f"events_202606{day}.parquet", [event(f"202606{day}")])
    return deployment


def days(deployment: Deployment) -> list[str]:
    return sorted(deployment.instance.get_materialized_partitions(EVENTS))


def backfill(deployment: Deployment, first: str, last: str) -> dg.ExecuteInProcessResult:
    """The run that a back-fill of these days comes to: one for all of them."""
    job = defs.resolve_implicit_job_def_def_for_assets([EVENTS])
    assert job is not None
    with mock.patch.dict(os.environ, deployment.settings):
        tags = dict(zip(RANGE, (first, last), strict=True))
        return job.execute_in_process(instance=deployment.instance, tags=tags, asset_selection=[EVENTS], raise_on_error=False)


def test_a_daily_run_lands_what_is_new_and_tells_each_day(shop: Deployment) -> None:
    run = shop.execute(dg.AssetSelection.assets(EVENTS))
    assert run.success
    assert days(shop) == [f"2026-06-{day}" for day in range(24, 29)]
    ga4_parquet(shop.world / "ga4" / "events_20260629.parquet", [event("20260629")])
    again = shop.execute(dg.AssetSelection.assets(EVENTS))
    told = [found.materialization.partition for found in again.get_asset_materialization_events()]
    assert told == ["2026-06-29", None]


def test_a_backfill_lands_the_days_picked_and_no_others(shop: Deployment) -> None:
    run = backfill(shop, "2026-06-25", "2026-06-26")
    assert run.success
    assert [path.stem for path in shop.landing.files(ga4.EVENTS)] == ["events_20260625", "events_20260626"]
    assert days(shop) == ["2026-06-25", "2026-06-26"]
    shop.execute(dg.AssetSelection.assets(EVENTS))
    place = shop.landing.folder(ga4.EVENTS) / "events_20260625.parquet"
    before = place.stat().st_ino
    assert backfill(shop, "2026-06-25", "2026-06-25").success
    assert place.stat().st_ino != before  # read again, though nothing had changed
    assert landed(shop.landing, ga4.EVENTS, "count(*)") == [(5,)]


def test_a_day_that_cannot_be_landed_fails_the_backfill_and_is_not_told(shop: Deployment) -> None:
    (shop.world / "ga4" / "events_20260625.parquet").write_bytes(b"junk")
    run = backfill(shop, "2026-06-24", "2026-06-26")
    assert not run.success
    assert "events_20260625.parquet: it is no Parquet file" in "".join(failures(run).values())
    assert days(shop) == ["2026-06-24", "2026-06-26"]


def test_the_whole_of_a_job_needs_no_day(shop: Deployment) -> None:
    for name in ("daily", "reactive", "rehearsal"):
        job = defs.resolve_job_def(name)
        assert job.partitions_def == ASSET.partitions_def, name
    first, last = ASSET.partitions_def.get_first_partition_key(), ASSET.partitions_def.get_last_partition_key()
    assert (first, date.fromisoformat(last) - timedelta(days=1) >= date(2026, 1, 1)) == ("2019-01-01", True)


@pytest.fixture
def bigquery_shop(shop: Deployment) -> Iterator[Deployment]:
    with bigquery() as server, duckdb.connect() as connection:
        connection.execute(f"create table day ({DEFINITION})")
        schema = connection.sql("from day").to_arrow_table().schema
        for day in ("20260628", "20260629"):
            server.put(f"events_{day}", [event(day)], schema)
        shop.settings |= {"GA4_PROJECT": PROJECT, "GA4_DATASET": DATASET, "GA4_ENDPOINT": server.url, "GA4_FOLDER": ""}
        shop.server = server  # type: ignore[attr-defined]
        yield shop


def test_with_a_project_the_days_come_from_bigquery(bigquery_shop: Deployment) -> None:
    run = bigquery_shop.execute(dg.AssetSelection.assets(EVENTS))
    assert run.success and checks(run)["raw/ga4_events:every_part_was_read"].passed
    assert days(bigquery_shop) == ["2026-06-28", "2026-06-29"]
    assert landed(bigquery_shop.landing, ga4.EVENTS, "count(*)") == [(2,)]
    bigquery_shop.settings["GA4_DATASET"] = ""
    said = failures(bigquery_shop.execute(dg.AssetSelection.assets(EVENTS)))
    assert said["raw__ga4_events"].startswith("ga4.events: neither GA4_PROJECT and GA4_DATASET nor GA4_FOLDER are set.")


def test_the_sensor_sees_tables_grow(bigquery_shop: Deployment) -> None:
    settings = bigquery_shop.settings
    outside = Outside(**{name: settings[name.upper()] for name in Outside.model_fields})
    cursor = None

    def tick() -> int:
        nonlocal cursor
        with dg.build_sensor_context(cursor=cursor, resources={"outside": outside}, definitions=defs) as context:
            found = new_events.evaluate_tick(context)
        cursor = found.cursor or cursor
        return len(found.run_requests or ())

    assert (tick(), tick()) == (0, 0)
    server = bigquery_shop.server  # type: ignore[attr-defined]
    server.put("events_intraday_20260630", server.tables["events_20260629"].rows, streamed=1)
    assert (tick(), tick()) == (1, 0)
    server.tables["events_intraday_20260630"].streamed = 2
    assert (tick(), tick()) == (1, 0)
