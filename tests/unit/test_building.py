"""dbt in this process: what it built and tested is told as Dagster knows it, the warehouse is free behind it, and it can be stopped."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster_dbt import dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.building import build, read_project
from orchestration.progress import why

AS_OF = datetime(2026, 6, 30, 9)  # noqa: DTZ001 - as dbt is told it
PROJECT = "name: little\nversion: 1.0.0\nprofile: little\nflags: {send_anonymous_usage_stats: false}\nmodels: {+materialized: table}\n"
PROFILE = "little: {target: one, outputs: {one: {type: duckdb, threads: 1, path: \"{{ env_var('REGULARS_DATA') }}/warehouse.duckdb\"}}}\n"
TESTS = "models: [{name: first, columns: [{name: seen_at, data_tests: [not_null]}, {name: number, data_tests: [not_null]}]}]\n"
SEEN = "cast('{{ env_var(\"REGULARS_AS_OF\") }}' as timestamp) as seen_at"
Make = Callable[..., Callable[[datetime], dg.ExecuteInProcessResult]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a project of two models, each with the SQL given, and what builds it as of an instant."""

    def made(number: str = "1", second: str = "select * from {{ ref('first') }}") -> Callable[[datetime], dg.ExecuteInProcessResult]:
        project, data = tmp_path / "project", tmp_path / "data"
        (project / "models").mkdir(parents=True)
        data.mkdir()
        (project / "dbt_project.yml").write_text(PROJECT)
        (project / "profiles.yml").write_text(PROFILE)
        (project / "models" / "first.sql").write_text(f"select {SEEN}, {number} as number")
        (project / "models" / "first.yml").write_text(TESTS)
        (project / "models" / "second.sql").write_text(second)
        read_project(project, is_new=True)

        @dbt_assets(manifest=project / "target" / "manifest.json")
        def little(context: dg.AssetExecutionContext) -> Iterator[Any]:
            yield from build(context, project, data, context.run.tags["as_of"] and datetime.fromisoformat(context.run.tags["as_of"]), print)

        return lambda as_of: dg.materialize([little], tags={"as_of": as_of.isoformat()}, raise_on_error=False)

    return made


def failures(ended: dg.ExecuteInProcessResult) -> tuple[str, str]:
    """The class and the words of what made the step fail."""
    (event,) = (event for event in ended.all_events if event.is_step_failure)
    error = event.step_failure_data.error
    assert error is not None
    return str(error.cls_name), error.message


def asked(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "data" / "warehouse.duckdb")) as connection:  # to write: nobody else has the file
        return connection.sql(query).fetchall()


def test_what_was_built_is_told_and_seen_from_the_instant(make: Make, tmp_path: Path) -> None:
    run, here = make(), Path.cwd()
    first = run(AS_OF)
    assert first.success and Path.cwd() == here
    assert {event.asset_key.to_user_string() for event in first.get_asset_materialization_events() if event.asset_key} == {
        "first",
        "second",
    }
    assert [check.passed for check in first.get_asset_check_evaluations()] == [True, True]
    assert asked(tmp_path, "select seen_at, number from second") == [(AS_OF, 1)]
    assert run(datetime(2026, 7, 1)).success  # noqa: DTZ001
    assert asked(tmp_path, "select seen_at from second") == [(datetime(2026, 7, 1),)]  # noqa: DTZ001


def test_the_project_is_read_once(make: Make, tmp_path: Path) -> None:
    make()
    assert read_project(tmp_path / "project") is read_project(tmp_path / "project")


def test_a_test_that_fails_stops_what_is_behind_it_and_says_why(make: Make, tmp_path: Path) -> None:
    ended = make(number="cast(null as integer)")(AS_OF)
    assert not ended.success
    assert {event.asset_key.to_user_string() for event in ended.get_asset_materialization_events() if event.asset_key} == {"first"}
    assert sorted(check.passed for check in ended.get_asset_check_evaluations()) == [False, True]
    (kind, words) = failures(ended)
    assert kind == DagsterDbtCliRuntimeError.__name__ and "not_null_first_number" in words and "Got 1 result" in words
    assert "second" not in {name for (name,) in asked(tmp_path, "select table_name from information_schema.tables")}


def test_it_can_be_stopped_and_lets_go_of_the_file(make: Make, tmp_path: Path) -> None:
    run = make(second="select sum(a.range * b.range % 7) as number from range(10000000) as a, range(10000000) as b, {{ ref('first') }}")
    is_there, started = tmp_path / "data" / "dbt" / "run" / "little" / "models" / "second.sql", time.monotonic()

    done = threading.Event()

    def stop() -> None:
        while not is_there.exists() and not done.is_set() and time.monotonic() < started + 120:
            time.sleep(0.05)
        if is_there.exists() and not done.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        ended = run(AS_OF)
    finally:
        done.set()
        thread.join()
    assert not ended.success and failures(ended)[0] == "DagsterExecutionInterruptedError"
    assert [why(event) for event in ended.all_events if event.is_step_failure] == [
        "it was stopped from outside; the next run makes good what it left, and sends nothing twice"
    ]
    assert asked(tmp_path, "select number from first") == [(1,)]


def test_it_is_stopped_also_just_before_a_query_begins(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first order to stop finds nothing that runs: the query, of hours, begins behind it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    ordered = threading.Event()
    executes, cancels = DuckDBCursorWrapper.execute, DuckDBConnectionManager.cancel_open

    def cancel(connections: Any) -> Any:
        names = cancels(connections)
        ordered.set()
        return names

    def execute(cursor: Any, sql: str, bindings: Any = None) -> Any:
        if "10000000" in sql:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert ordered.wait(60)
        return executes(cursor, sql, bindings)

    run = make(second="select sum(a.range * b.range % 7) as number from range(10000000) as a, range(10000000) as b, {{ ref('first') }}")
    monkeypatch.setattr(DuckDBConnectionManager, "cancel_open", cancel)
    monkeypatch.setattr(DuckDBCursorWrapper, "execute", execute)
    ended = run(AS_OF)
    assert not ended.success and failures(ended)[0] == "DagsterExecutionInterruptedError"
    assert asked(tmp_path, "select number from first") == [(1,)]
