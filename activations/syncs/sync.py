"""Makes an audience at a provider equal to the desired one, with the least that must be said; a sync without change
sends no request.
"""

from collections.abc import Callable
from datetime import datetime

import pyarrow as pa

from activations.destination import Destination, Prepares, Replaces
from activations.model import Accepted, why
from activations.syncs.difference import Difference, difference, with_accepted, without
from activations.syncs.members import remove, upsert
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Acknowledged
from activations.transport.conversation import Conversation
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask


def sync(
    audience: str,
    desired: pa.Table,
    destination: Destination,
    acknowledged: Acknowledged,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda line: None,
    *,
    guard: RemovalGuard | None = None,
    patience: Patience | None = None,
) -> SyncReport:
    """Brings the list named `audience` to `desired`: one row per profile_id with row_hash, email, phone, first_name,
    last_name; every other column becomes a property. Raises ValueError for a table that is no audience; a provider
    that is down raises nothing but is reported.

    Membership says nothing about consent: no request made here subscribes anyone or lifts a suppression.
    """
    known = acknowledged.read(destination.name, audience)
    change = difference(audience, desired, known)
    report = SyncReport(audience, destination.name, desired.num_rows)
    report.created, report.updated = change.created, change.upserts.num_rows - change.created
    report.refused = (guard or RemovalGuard()).objection(desired.num_rows, known.num_rows, change.removals.num_rows)
    if report.refused or change.is_empty:
        return report
    bearing = patience or Patience()
    if isinstance(destination, Replaces):
        _replace(destination, destination.name, desired, change, acknowledged, clock, report, bearing)
        return report
    try:
        audience_id = ask(lambda: destination.prepare(audience, desired.schema), bearing) if isinstance(destination, Prepares) else ""
        taken = upsert(destination, audience_id, change.upserts, report, bearing, progress)
        known = with_accepted(known, taken, clock())
        if taken.num_rows:
            acknowledged.commit(destination.name, audience, known)
        if change.removals.num_rows and not report.stopped:
            gone = remove(destination, audience_id, change.removals, desired, report, bearing)
            acknowledged.commit(destination.name, audience, without(known, gone))
    except NoAnswer as failure:
        report.stopped = str(failure)
    report.left = change.upserts.num_rows - report.accepted - report.rejected.total() + change.removals.num_rows - report.removed
    return report


def _replace(
    destination: Replaces,
    name: str,
    desired: pa.Table,
    change: Difference,
    acknowledged: Acknowledged,
    clock: Callable[[], datetime],
    report: SyncReport,
    patience: Patience,
) -> None:
    write = Conversation(lambda _: [destination.replace(report.audience, desired)], is_repeatable=True, patience=patience)
    outcome = write.settle([b""])[0]
    if isinstance(outcome, Accepted):
        report.accepted, report.removed = change.upserts.num_rows, change.removals.num_rows
        empty = acknowledged.read(name, report.audience).slice(0, 0)
        acknowledged.commit(name, report.audience, with_accepted(empty, desired, clock()))
    else:
        report.stopped = why(outcome)
        report.left = change.upserts.num_rows + change.removals.num_rows
