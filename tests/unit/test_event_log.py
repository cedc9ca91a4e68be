"""The event log that stays open: what it has written others read, also when its process dies, and it leaves nothing open."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.environment import dagster_home
from orchestration.event_log import OPEN_FILES, EventLog


@dg.asset
def ball() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"weight": 3})


@dg.asset_check(asset=ball)
def is_round() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(dagster_home(tmp_path / "home"))) as opened:
        yield opened


def test_it_is_the_log_of_the_settings_and_lies_where_the_usual_one_would(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert isinstance(instance.event_log_storage, EventLog)
    run = dg.materialize([ball, is_round], instance=instance)
    assert (tmp_path / "home" / "history" / "runs" / f"{run.run_id}.db").exists()


def test_what_was_written_is_read_by_another(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    runs = [dg.materialize([ball, is_round], instance=instance) for _ in range(2)]
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as other:
        event = other.get_latest_materialization_event(dg.AssetKey("ball"))
        assert event is not None and event.run_id == runs[-1].run_id
        assert event.asset_materialization is not None and event.asset_materialization.metadata["weight"].value == 3
        keys = [entry.dagster_event_type for entry in other.all_logs(runs[0].run_id)]
        assert dg.DagsterEventType.ASSET_CHECK_EVALUATION in keys and keys[-1] == dg.DagsterEventType.RUN_SUCCESS
        (latest,) = other.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(dg.AssetKey("ball"), "is_round")]
        ).values()
        assert latest.status.value == "SUCCEEDED" and latest.run_id == runs[-1].run_id


def test_of_a_batch_that_cannot_be_written_whole_nothing_is_there(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run = dg.materialize([ball, is_round], instance=instance)
    log, (entry, *_) = instance.event_log_storage, instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    before = len(instance.all_logs(run.run_id))
    with pytest.raises(AttributeError):
        log.store_event_batch([entry, None])
    log.store_event_batch([entry, entry])
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as other:
        assert len(other.all_logs(run.run_id)) == before + 2
        assert len(other.fetch_materializations(dg.AssetKey("ball"), limit=10).records) == 3


def test_what_a_run_plans_may_be_written_at_once(instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
    run = dg.materialize([ball, is_round], instance=instance)
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as other:
        kinds = [entry.dagster_event_type for entry in other.all_logs(run.run_id)]
    assert kinds.count(dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED) == 1
    assert kinds.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED) == 1


def test_more_runs_than_files_may_be_open(instance: dg.DagsterInstance) -> None:
    runs = [dg.materialize([ball, is_round], instance=instance).run_id for _ in range(OPEN_FILES + 2)]
    assert all(instance.all_logs(run)[-1].dagster_event_type == dg.DagsterEventType.RUN_SUCCESS for run in runs)
    assert len(instance.event_log_storage._engines) <= OPEN_FILES


def test_a_run_that_was_deleted_is_gone_and_a_wiped_log_takes_new_events(instance: dg.DagsterInstance) -> None:
    first, second = (dg.materialize([ball, is_round], instance=instance).run_id for _ in range(2))
    instance.delete_run(first)
    assert instance.all_logs(first) == [] and instance.all_logs(second) != []
    instance.event_log_storage.wipe()
    assert instance.get_latest_materialization_event(dg.AssetKey("ball")) is None
    third = dg.materialize([ball, is_round], instance=instance)
    event = instance.get_latest_materialization_event(dg.AssetKey("ball"))
    assert event is not None and event.run_id == third.run_id


KILLED = """
import os, sys
import dagster as dg
from orchestration.event_log import EventLog

@dg.asset
def first(): ...

@dg.asset(deps=[first])
def second():
    os.kill(os.getpid(), 9)

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    dg.materialize([first, second], instance=instance)
"""


def test_a_killed_process_leaves_all_that_it_wrote(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "home")], env=os.environ, capture_output=True, check=False)
    assert done.returncode == -9
    (run,) = instance.get_runs()
    written = [(entry.step_key, entry.dagster_event_type) for entry in instance.all_logs(run.run_id)]
    assert ("first", dg.DagsterEventType.STEP_SUCCESS) in written and ("second", dg.DagsterEventType.STEP_START) in written
    assert instance.get_latest_materialization_event(dg.AssetKey("first")) is not None
