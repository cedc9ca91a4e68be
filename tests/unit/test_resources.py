"""Clock, warehouse and settings: what time it is, who waits for whom, and what is said when something is missing."""

import concurrent.futures
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.resources import AS_OF_TAG, Clock, Folders, Warehouse, moment, now, resources

FILE, TAG = "2026-06-30T09:00:00.750000+00:00", "2026-07-01T12:00:00+02:00"


def as_of(source: str, tags: dict[str, str] | None = None) -> datetime:
    """What the clock says in two assets and a check of one run: the same."""
    seen: list[datetime] = []

    @dg.asset
    def first(context: dg.AssetExecutionContext, clock: Clock) -> None:
        seen.append(clock.as_of(context))

    @dg.asset(deps=[first])
    def second(context: dg.AssetExecutionContext, clock: Clock) -> None:
        seen.append(clock.as_of(context))

    @dg.asset_check(asset=first)
    def check(context: dg.AssetCheckExecutionContext, clock: Clock) -> dg.AssetCheckResult:
        seen.append(clock.as_of(context))
        return dg.AssetCheckResult(passed=True)

    assert dg.materialize([first, second, check], resources={"clock": Clock(source=source)}, tags=tags or {}).success
    assert len(seen) == 3 and len(set(seen)) == 1
    return seen[0]


@pytest.fixture
def clock_file(tmp_path: Path) -> str:
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": FILE}))
    return str(tmp_path / "clock.json")


def test_a_run_s_tag_comes_before_the_clock_s_file(clock_file: str) -> None:
    assert as_of(clock_file, {AS_OF_TAG: TAG}) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert as_of("system", {AS_OF_TAG: TAG}) == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_the_file_comes_before_the_wall_clock_in_whole_seconds(clock_file: str) -> None:
    assert as_of(clock_file) == datetime(2026, 6, 30, 9, tzinfo=UTC)


def test_else_it_is_when_the_run_was_created() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found = as_of("system")
    assert before <= found <= datetime.now(UTC)
    assert found.microsecond == 0 and found.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-06-30T09:00:00+00:00", "2026-06-30T09:00:00", "2026-06-30 09:00", "2026-06-30T11:00:00.9+02:00", "2026-06-30T09:00:00Z"]
)
def test_an_instant_in_any_iso_form_is_utc_in_whole_seconds(text: str) -> None:
    found = moment(text)
    assert found == datetime(2026, 6, 30, 9, tzinfo=UTC) and found.tzinfo is UTC


@pytest.mark.parametrize("text", ["yesterday", "", "30.06.2026", "2026-02-31"])
def test_what_is_no_instant_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"as_of {text!r} is no instant; write it like 2026-06-30T09:00:00+00:00")):
        moment(text)


def test_now_is_the_clock_s_file_or_the_wall_clock(environment: None, monkeypatch: pytest.MonkeyPatch, clock_file: str) -> None:
    monkeypatch.setenv("REGULARS_CLOCK", clock_file)
    assert now() == datetime(2026, 6, 30, 9, tzinfo=UTC)
    monkeypatch.setenv("REGULARS_CLOCK", "system")
    assert abs((datetime.now(UTC) - now()).total_seconds()) < 5 and now().microsecond == 0


def test_a_setting_that_is_missing_is_named(environment: None) -> None:
    @dg.asset
    def reader(folders: Folders) -> None:
        raise AssertionError(folders)

    with pytest.raises(dg.DagsterInvalidConfigError, match="REGULARS_DATA"):
        dg.materialize([reader], resources=resources())


def test_a_warehouse_that_is_not_there_yet_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"does not exist yet: materialise the warehouse first \(make run\)"):
        Warehouse(data=str(tmp_path)).read("select 1")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_waits_for_the_writer_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("create table people as select 'p' || range as profile_id from range(3)")
    reader = Warehouse(data=str(tmp_path))
    writing = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    with (
        subprocess.Popen([sys.executable, "-c", writing], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        assert writer.stdin and writer.stdout and writer.stdout.readline() == "held\n"
        waiting = pool.submit(reader.read, "select count(*) as people from people where profile_id > ?", ["p0"])
        with pytest.raises(concurrent.futures.TimeoutError):
            waiting.result(timeout=0.5)
        writer.stdin.close()
        assert waiting.result(timeout=60)["people"].tolist() == [2]
    with reader.open() as connection, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.execute("delete from people")
