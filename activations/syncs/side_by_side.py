"""Several syncs at once: a destination's one after the other, destinations at the same time, so that a slow one starves nobody."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from activations.destination import Destination
from activations.syncs.changes import Mode
from activations.syncs.journal import SyncBusyError
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from activations.transport.patience import Patience


@dataclass(frozen=True, slots=True)
class Task:
    """One sync to be made; see `sync` for what the parts mean. `desired` may be a function that brings the rows when their turn comes."""

    audience: str
    destination: Destination
    desired: pa.Table | Path | Callable[[], pa.Table | Path | None] | None
    mode: Mode = Mode.MIRROR
    guard: RemovalGuard | None = None
    is_backfill: bool = False


def sync_all(
    tasks: Iterable[Task],
    snapshots: Snapshots,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda line: None,
    *,
    patience: Patience | None = None,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> list[SyncReport]:
    """Reports in the order of the tasks. A table that is no audience, or a list that another sync has, stops that sync alone and is
    reported; what is a fault of ours is raised once all others have ended. `progress` is called from several threads.
    """
    ordered = list(tasks)
    turns: dict[str, list[int]] = {}
    for number, task in enumerate(ordered):
        turns.setdefault(task.destination.name, []).append(number)

    def one(task: Task) -> SyncReport:
        desired = task.desired() if callable(task.desired) else task.desired
        try:
            return sync(
                task.audience,
                desired,
                task.destination,
                snapshots,
                clock,
                progress,
                mode=task.mode,
                guard=task.guard,
                patience=patience,
                is_backfill=task.is_backfill,
                stopwatch=stopwatch,
            )
        except (ValueError, SyncBusyError) as error:
            return SyncReport(task.audience, task.destination.name, 0, mode=str(task.mode), refused=str(error))

    def in_turn(numbers: list[int]) -> dict[int, SyncReport | Exception]:
        found: dict[int, SyncReport | Exception] = {}
        for number in numbers:
            try:
                found[number] = one(ordered[number])
            except Exception as error:
                found[number] = error
        return found

    outcomes: dict[int, SyncReport | Exception] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(turns))) as pool:
        for some in pool.map(in_turn, turns.values()):
            outcomes |= some
    if faults := [outcome for outcome in outcomes.values() if isinstance(outcome, Exception)]:
        raise ExceptionGroup("syncs failed", faults)
    return [outcome for _, outcome in sorted(outcomes.items()) if isinstance(outcome, SyncReport)]
