"""Makes an audience at a provider equal to the desired one, with the least that must be said; a sync without change
sends no request.
"""

from collections.abc import Callable
from datetime import datetime

import pyarrow as pa

from activations.acknowledged import Acknowledged
from activations.audience_diff import Difference, difference, with_accepted, without
from activations.audience_members import remove, upsert
from activations.conversation import Conversation
from activations.destination import MemberAudience, WholeAudience
from activations.http import NoAnswer
from activations.model import Accepted, why
from activations.patience import Patience, ask
from activations.sync_report import RemovalGuard, SyncReport


def sync(
    audience: str,
    desired: pa.Table,
    destination: MemberAudience | WholeAudience,
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
    if isinstance(destination, WholeAudience):
        _replace(destination, desired, change, acknowledged, clock, report, bearing)
        return report
    try:
        audience_id = ask(lambda: destination.find_or_create(audience), bearing)
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
    destination: WholeAudience,
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
        empty = acknowledged.read(destination.name, report.audience).slice(0, 0)
        acknowledged.commit(destination.name, report.audience, with_accepted(empty, desired, clock()))
    else:
        report.stopped = why(outcome)
        report.left = change.upserts.num_rows + change.removals.num_rows
