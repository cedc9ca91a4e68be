"""Which stretch of a run was which stage's: from Dagster's record of the run and dbt's results, and what the processes used meanwhile."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.process_tree import Watched

#: Steps of Dagster that are dbt, which has stages of its own.
DBT_STEPS = ("warehouse", "decisions")

#: A model's work: from the first of compiling it to the last of running it.
SPAN = (("compile", "started_at"), ("execute", "completed_at"))


@dataclass(frozen=True)
class Stretch:
    """From `first` to `last` (seconds since 1970) it was this part of this stage."""

    stage: str
    part: str
    first: float
    last: float


@dataclass
class Stage:
    """What a stage took. rows: of the tables that it made, where they were counted."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_gib: float = 0.0
    rows: int = 0


def stretches(data: Path) -> list[Stretch]:
    """Of the only run in a data folder; what is between two of them is its own."""
    found = list(dbt_nodes(data / "dbt"))
    for step, first, last in steps(data / "dagster_home"):
        if step not in DBT_STEPS:
            stage, _, part = step.partition("__")
            stage = "gates" if step.endswith("_gate") else {"raw": "landing"}.get(stage, stage)
            found.append(Stretch(stage, part or stage, first, last))
            continue
        inside = [node for node in found if first <= node.first and node.last <= last]
        # of a step that failed before its first model all is start
        begun, ended = min((node.first for node in inside), default=last), max((node.last for node in inside), default=last)
        found += [Stretch("dbt's start", step, first, begun), Stretch("told of the models", step, ended, last)]
    return sorted(found, key=lambda one: one.first)


def dbt_nodes(folder: Path) -> Iterator[Stretch]:
    """The models, seeds and tests that dbt ran, one after the other, of all its steps."""
    for file in folder.glob("run_results_*.json"):
        for node in json.loads(file.read_text())["results"]:
            timing = {one["name"]: one for one in node["timing"]}
            kind, _, name = node["unique_id"].split(".")[:3]
            if "execute" not in timing or kind == "operation":
                continue
            # a model that is no table by itself has no relation
            stage = "tests" if kind == "test" else str(node["relation_name"] or "staging.").replace('"', "").split(".")[-2]
            first, last = (datetime.fromisoformat(timing[part][end]).timestamp() for part, end in SPAN)
            yield Stretch(stage, name, first, last)


def steps(home: Path) -> Iterator[tuple[str, float, float]]:
    """The steps of the only run: name, begin, end."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        begun: dict[str, float] = {}
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None or event.step_key is None:
                continue
            if event.event_type == dg.DagsterEventType.STEP_START:
                begun[event.step_key] = entry.timestamp
            elif event.event_type in (dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE):
                yield event.step_key, begun[event.step_key], entry.timestamp


def counted(home: Path) -> dict[str, int]:
    """Rows by stage, of what the run said that it made."""
    import dagster as dg

    rows: dict[str, int] = defaultdict(int)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
            event = entry.get_dagster_event()
            count = event.materialization.metadata.get("dagster/row_count")
            if event.asset_key is not None and count is not None:
                stage = event.asset_key.path[0]
                rows[{"raw": "landing"}.get(stage, stage)] += int(str(count.value))
    return dict(rows)


def summed(found: list[Stretch], seen: Watched, *, by_part: bool = False) -> dict[str, Stage]:
    """What each stage took, or each part of one, in the order in which they began; what was in none of them is `between them`."""
    taken: dict[str, Stage] = {}
    for one in found:
        _add(taken.setdefault(f"{one.stage}: {one.part}" if by_part else one.stage, Stage()), seen, one.first, one.last)
    if not by_part and seen.times:
        gaps = taken.setdefault("between them", Stage())
        until = seen.times[0]
        for one in found:
            if one.first > until:
                _add(gaps, seen, until, one.first)
            until = max(until, one.last)
        _add(gaps, seen, until, seen.times[-1])
    return taken


def _add(stage: Stage, seen: Watched, first: float, last: float) -> None:
    stage.wall_seconds += last - first
    stage.cpu_seconds += seen.cpu_between(first, last)
    stage.peak_gib = max(stage.peak_gib, seen.peak_between(first, last))
