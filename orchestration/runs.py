"""Runs a job of the deployment here, in this process, with progress; says how long each stage took and how it ended."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.progress import is_gate_shut, why
from orchestration.resources import AS_OF_TAG, now

#: Which process runs it, as host:pid.
PROCESS_TAG = "regulars/process"
MESSAGES = dg.AssetKey(["delivery", "messages"])


@dataclass
class Ran:
    """How a run ended. seconds: by stage; failures: one sentence each, of steps and of blocking gates; accepted: messages that providers
    took in this run, by destination; unknown: messages whose answer was lost at any time, which wait for a person; left: in the
    outbox, because a provider could not be used; paths: of the files that were made, by asset."""

    run_id: str
    as_of: str
    success: bool
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    left: int = 0
    paths: dict[str, str] = field(default_factory=dict)


def run_job(name: str, as_of: datetime | None = None, ops: Mapping[str, Any] | None = None) -> Ran:
    """Runs the job as of an instant, or as of what the clock says now. The run is recorded, so that the UI shows it. ops: their config."""
    from orchestration.definitions import defs

    seen_from = (as_of or now()).isoformat()
    job = defs.resolve_job_def(name)
    with _frozen(), dg.DagsterInstance.get() as instance, Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        close_dead_runs(instance)
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={AS_OF_TAG: seen_from, PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"},
            run_config={"loggers": {"progress": {"config": {}}}, "ops": {name: {"config": config} for name, config in (ops or {}).items()}},
        )
    ran = Ran(result.run_id, seen_from, result.success, _seconds(result), _failures(result))
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key and "path" in event.materialization.metadata:
            ran.paths[event.asset_key.to_user_string()] = str(event.materialization.metadata["path"].value)
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key == MESSAGES:
            metadata = event.materialization.metadata
            ran.accepted = dict(metadata["accepted"].value)  # type: ignore[arg-type]
            ran.left = int(metadata["left_in_outbox"].value)  # type: ignore[arg-type]
            ran.unknown = int(metadata["unknown"].value)  # type: ignore[arg-type]
    return ran


@contextlib.contextmanager
def _frozen() -> Iterator[None]:
    """What was imported stays, and is not looked at again by who looks for what holds itself; at the end of the process it is, or DuckDB
    would print what it finds left of itself."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def close_dead_runs(instance: dg.DagsterInstance) -> None:
    """Marks runs as failed whose process was killed on this machine: nobody else would, and the UI would show them as running for ever."""
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        host, _, process = run.tags.get(PROCESS_TAG, "").partition(":")
        if host != socket.gethostname():
            continue
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            instance.report_run_failed(run, "its process ended without saying so; the next run makes good what it left")


def _seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    stages: dict[str, float] = defaultdict(float)
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_SUCCESS and event.step_key:
            stages[_stage(event.step_key)] += event.step_success_data.duration_ms / 1000
    return {stage: round(seconds, 1) for stage, seconds in stages.items()}


def _stage(step_key: str) -> str:
    """`raw__shop_orders` -> `raw`; the warehouse's steps keep their names."""
    return step_key.split("__")[0]


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    sentences = []
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE and not is_gate_shut(event):
            sentences.append(f"{event.step_key}: {why(event)}")
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.blocking and check.severity == dg.AssetCheckSeverity.ERROR:
                sentences.append(f"gate {check.asset_key.to_user_string()}: {check.description or 'did not pass'}")
    return sentences
