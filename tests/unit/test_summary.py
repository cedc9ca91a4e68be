"""The figures of a run: those of the warehouse and of this run, none where it failed, in a file that is always whole."""

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import dagster as dg
import duckdb
import pytest
from shell_kit import Deployment

from orchestration import definitions
from orchestration.environment import dagster_home
from orchestration.runs import Ran, run_job
from orchestration.sources import shop
from orchestration.summary import Summary, lines, summarise, write

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
WAREHOUSE = """
    create schema profiles; create schema decisions; create schema raw;
    create table profiles.profiles as select 'p' || n as profile_id, n % 2 = 0 as is_email_reachable, n % 5 = 0 as is_sms_reachable
        from range(1000, 2200) as rows (n);
    create table decisions.decisions as
        select 'message' as kind, 'welcome' as campaign, if(n < 7, null, if(n < 10, 'no_consent', 'cooling_down')) as reason
            from range(15) as rows (n)
        union all select 'membership', if(n < 4, 'champions', 'newcomers'), if(n = 3, 'suppressed', null) from range(6) as rows (n);
    create table raw.quarantine as select 'orders' as table_name, 'status_unknown' as reason, 'open' as state from range(2)
        union all select 'events', 'line_invalid', null;
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute(WAREHOUSE)
    return tmp_path


def ran(**changes: object) -> Ran:
    fields = {"seconds": {"raw": 1.5, "total": 3.0}, "accepted": {"twilio": 2, "klaviyo": 5}, **changes}
    return Ran("run", AS_OF.isoformat(), not changes.get("failures"), **fields)  # type: ignore[arg-type]


def test_the_figures_are_those_of_the_warehouse_and_of_this_run(data: Path) -> None:
    summary = summarise(data, AS_OF, ran(unknown=1, left=4))
    assert asdict(summary) == {
        "as_of": "2026-06-30T09:00:00+00:00",
        "people": 1200,
        "reachable": {"email": 600, "sms": 240},
        "audiences": {"champions": 3, "newcomers": 2},
        "messages": {
            "accepted": 7,
            "accepted_by": {"twilio": 2, "klaviyo": 5},
            "held": {"cooling_down": 5, "no_consent": 3, "unknown_outcome": 1},
            "left": 4,
        },
        "quarantined": {"orders: status_unknown": 2, "events: line_invalid": 1},
        "seconds": {"raw": 1.5, "total": 3.0},
        "failures": [],
    }
    assert lines(summary) == [
        "as of 2026-06-30T09:00:00+00:00",
        "1,200 people, reachable by email 600 and sms 240",
        "audiences: champions 3, newcomers 2",
        "messages accepted: 7 (klaviyo 5, twilio 2)",
        "messages left in the outbox, for the next run: 4",
        "messages held back: cooling down 5, no consent 3, unknown outcome 1",
        "rows in quarantine: orders: status_unknown 2, events: line_invalid 1",
        "seconds: raw 1.5, total 3",
    ]


def test_a_world_without_anybody_has_a_summary_too(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb")) as warehouse:
        warehouse.execute("delete from profiles.profiles; delete from decisions.decisions; delete from raw.quarantine")
    _, _, *said, _ = lines(summarise(data, AS_OF, ran(accepted={})))
    assert said == ["audiences: none", "messages accepted: 0", "messages held back: none", "rows in quarantine: none"]


def test_the_file_is_written_whole_or_not_at_all(data: Path) -> None:
    summary = summarise(data, AS_OF, ran())
    write(summary, data)
    assert json.loads((data / "run_summary.json").read_text()) == asdict(summary)
    before = (data / "run_summary.json").read_bytes()
    with pytest.raises(TypeError):
        write(Summary("later", messages={"accepted": object()}), data)
    assert (data / "run_summary.json").read_bytes() == before
    assert {path.name for path in data.iterdir()} == {"run_summary.json", "warehouse.duckdb"}


@pytest.fixture
def home(deployment: Deployment, tmp_path: Path) -> Iterator[None]:
    """The deployment's settings in the environment, and an instance on disk as the command line has it."""
    with mock.patch.dict(os.environ, {**deployment.settings, "DAGSTER_HOME": str(dagster_home(tmp_path / "home"))}):
        yield


def choose(monkeypatch: pytest.MonkeyPatch, selection: dg.AssetSelection) -> None:
    """Adds the job `part` to the deployment: a part of it, gates and all."""
    part = dg.define_asset_job("part", selection, executor_def=dg.in_process_executor)
    monkeypatch.setattr(definitions, "defs", dg.Definitions.merge(definitions.defs, dg.Definitions(jobs=[part])))


@pytest.mark.usefixtures("home")
def test_a_run_that_failed_says_so_and_shows_no_figure_of_an_earlier_one(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    """A shop without its database, beside a warehouse that an earlier run left."""
    (deployment.world / "shop.db").unlink()
    choose(monkeypatch, dg.AssetSelection.assets(["raw", "shop_orders"], ["raw", "crm_consents"]))
    found = run_job("part")
    with dg.DagsterInstance.get() as instance:
        (kept,) = instance.get_runs()
    assert (kept.run_id, kept.status, kept.tags["regulars/as_of"]) == (found.run_id, dg.DagsterRunStatus.FAILURE, AS_OF.isoformat())
    assert not found.success and found.accepted == {} and found.as_of == AS_OF.isoformat()
    (failure,) = found.failures
    assert failure.startswith("raw__shop_orders: shop.orders: there is no SQLite file ")
    assert set(found.seconds) == {"raw"}
    summary = summarise(data, AS_OF, found)
    assert (summary.people, summary.audiences, summary.messages) == (0, {}, {})
    assert lines(summary) == [f"as of {AS_OF.isoformat()}", f"FAILED {failure}"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("is_landed_twice", [False, True])
def test_a_gate_that_warns_is_no_failure_and_one_that_blocks_is(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, is_landed_twice: bool
) -> None:
    choose(monkeypatch, dg.AssetSelection.assets(["raw", "shop_orders"]))
    with sqlite3.connect(deployment.world / "shop.db") as database:
        database.execute("update orders set currency = 'euro'")
    if is_landed_twice:
        run_job("part", AS_OF)
        (landed,) = deployment.landing.files(shop.ORDERS)
        with duckdb.connect() as connection:
            connection.execute(f"copy (from '{landed}' limit 1) to '{landed.with_name('restored.parquet')}' (format parquet)")
    found = run_job("part", AS_OF)
    assert found.success is not is_landed_twice
    assert len(found.failures) == is_landed_twice
    for sentence in found.failures:
        assert sentence.startswith("gate raw/shop_orders: raw.shop_orders.order_id+updated_at+_landed_at: 2 of ")
        assert "The source gives a row twice" in sentence
