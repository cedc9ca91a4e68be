"""A back-fill of some days, asked for as the UI asks, carried out as the daemon does: in one run, and seen on the days."""

import logging
import os
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.schema import create_schema
from landing_kit import event, ga4_parquet
from shell_kit import Deployment

from orchestration.sources import ga4

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = """
mutation launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } }
}
"""


@pytest.mark.slow
def test_days_picked_in_the_ui_are_landed_in_one_run(tmp_path: Path) -> None:
    shop = Deployment(tmp_path, REGULARS_CLOCK="system")
    (tmp_path / "home").mkdir()
    for day in range(24, 29):
        ga4_parquet(shop.world / "ga4" / f"events_202606{day}.parquet", [event(f"202606{day}")])
    key = dg.AssetKey(["raw", "ga4_events"])
    at_once = {
        "run_launcher": {"module": "dagster._core.launcher.sync_in_memory_run_launcher", "class": "SyncInMemoryRunLauncher"},
        "run_coordinator": {"module": "dagster._core.run_coordinator", "class": "DefaultRunCoordinator"},
    }
    params = {
        "assetSelection": [{"path": key.path}],
        "partitionNames": ["2026-06-25", "2026-06-26", "2026-06-27"],
        "fromFailure": False,
    }
    with (
        mock.patch.dict(os.environ, shop.settings),
        dg.DagsterInstance.local_temp(str(tmp_path / "home"), overrides=at_once) as instance,
        WorkspaceProcessContext(instance, ModuleTarget("orchestration.definitions", None, str(ROOT), "regulars")) as workspace,
    ):
        answer = create_schema().execute(LAUNCH, context_value=workspace.create_request_context(), variables={"params": params})
        assert answer.errors is None and answer.data["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", answer
        backfill = answer.data["launchPartitionBackfill"]["backfillId"]
        for _ in range(20):
            faults = [fault for fault in execute_backfill_iteration(workspace, logging.getLogger("backfill")) if fault is not None]
            assert not faults, faults[0]
            if instance.get_backfill(backfill).status.value.startswith("COMPLETED"):
                break
        assert instance.get_backfill(backfill).status.value == "COMPLETED_SUCCESS"
        assert len(instance.get_runs()) == 1
        assert sorted(instance.get_materialized_partitions(key)) == params["partitionNames"]
    assert [path.stem for path in shop.landing.files(ga4.EVENTS)] == ["events_20260625", "events_20260626", "events_20260627"]
