"""What a person at the terminal sees of a run: what the steps say, and why one failed; nothing that only machines read."""

import io

import dagster as dg
import pytest

from orchestration import progress as terminal
from orchestration.progress import progress, why


@dg.asset
def talkative(context: dg.AssetExecutionContext) -> None:
    context.log.debug("row 17 of 4,000")
    context.log.info("shop_orders: 4,000 rows landed")
    context.log.warning("events_20260630.parquet: an empty day")
    context.log.info("A dbt subsetted execution is not being performed.")


@dg.asset_check(asset=talkative, blocking=True)
def gate(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    context.log.warning("3 of 4,000 rows are bad.")
    return dg.AssetCheckResult(passed=False)


@dg.asset
def refused() -> None:
    raise dg.Failure("shop.refunds: the database has no such table. Check the URL.")


@dg.asset
def broken() -> None:
    try:
        int("twelve")
    except ValueError as error:
        raise RuntimeError("the file cannot be used") from error


@dg.asset(deps=[refused])
def waiting() -> None:
    raise AssertionError("never reached")


def run(*definitions: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    checks = [found for found in definitions if isinstance(found, dg.AssetChecksDefinition)]
    assets = [found for found in definitions if found not in checks]
    job = dg.define_asset_job("job", executor_def=dg.in_process_executor)
    defs = dg.Definitions(assets=assets, asset_checks=checks, jobs=[job], loggers={"progress": progress})
    return defs.resolve_job_def("job").execute_in_process(raise_on_error=False, run_config={"loggers": {"progress": {"config": {}}}})


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    monkeypatch.setattr(terminal, "_terminal", screen)
    return screen


def test_what_a_step_says_is_one_line_and_warnings_are_marked(seen: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(talkative).success
    assert seen.getvalue().splitlines() == ["  shop_orders: 4,000 rows landed", "! events_20260630.parquet: an empty day"]
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_its_own_sentence_and_the_steps_behind_it_say_nothing(seen: io.StringIO) -> None:
    assert not run(refused, waiting).success
    assert seen.getvalue().splitlines() == ["! refused failed: shop.refunds: the database has no such table. Check the URL."]


def test_a_gate_that_shuts_has_said_why_itself(seen: io.StringIO) -> None:
    assert not run(talkative, gate).success
    assert seen.getvalue().splitlines()[2:] == ["! 3 of 4,000 rows are bad."]


def test_an_error_is_told_from_its_bottom(seen: io.StringIO) -> None:
    result = run(broken)
    (failed,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    assert why(failed) == "ValueError: invalid literal for int() with base 10: 'twelve'"
    assert seen.getvalue() == f"! broken failed: {why(failed)}\n"
