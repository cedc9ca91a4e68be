"""Makes a list at a provider what is desired, with the least that must be said; a sync without change sends no request.

The difference is taken against what the provider has acknowledged. It is written down, and the sync opened in the ledger, before the
first request leaves; each answer is written down as it comes; at the end the next generation of what the provider holds is
written, and named by the ledger in the transaction that closes the sync. Wherever a process dies, the next sync of the list
reads how far it came: rows that were answered count, rows that were under way are taken for perhaps held.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from activations.destination import Destination
from activations.syncs.changes import Mode
from activations.syncs.course import Course
from activations.syncs.outset import outset
from activations.syncs.plan import Plan
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Snapshots
from activations.transport.patience import Patience


def sync(
    audience: str,
    desired: pa.Table | Path | None,
    destination: Destination,
    snapshots: Snapshots,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda line: None,
    *,
    mode: Mode = Mode.MIRROR,
    guard: RemovalGuard | None = None,
    patience: Patience | None = None,
    is_backfill: bool = False,
    plan: Plan | None = None,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> SyncReport:
    """Brings the list named `audience` to `desired`: a Parquet file or a table with one row per profile_id, row_hash, email, phone,
    first_name, last_name; every other column is a property. Mode append: one row per row_id, event, occurred_at, profile_id. None, or a
    file that is not there: the source failed, and nothing is changed.

    `is_backfill`: nothing that the provider starts when people join may start, as for a first load. `plan`: does what that says and
    nothing else. Raises ValueError for a table that is no audience, SyncBusyError, PlanOutdatedError; a provider that is down raises
    nothing but is reported.
    Membership says nothing about consent: no request made here subscribes anyone or lifts a suppression.
    """
    started = stopwatch()
    report = SyncReport(audience, destination.name, 0, mode=str(mode))
    if desired is None or (isinstance(desired, Path) and not desired.exists()):
        report.refused = "its source brought nothing: nothing was changed"
        return report
    with outset(audience, desired, destination, snapshots, clock(), mode) as found:
        report.members = found.desired.count
        gone = len(found.change.gone) if mode is Mode.MIRROR else 0
        report.refused = (guard or RemovalGuard()).objection(found.desired.count, found.current.members, gone)
        if not report.refused:
            Course(found, destination, mode, clock, progress, patience or Patience(), report, stopwatch, is_backfill, plan).run()
    report.seconds = stopwatch() - started
    return report
