"""Appended rows that are held: they may have arrived, a repeat might do harm, and only a person may say what happens next."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from activations.ledger import Decision, Ledger, NotHeldError
from activations.ledger.sync_tables import sync_held, sync_lists
from activations.syncs.journal import SyncBusyError
from activations.syncs.snapshots import APPENDED, Snapshots, written

_STATUS = {Decision.SENT: "sent", Decision.SEND_AGAIN: "send_again", Decision.DROP: "dropped"}


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row of a list that may have arrived."""

    destination: str
    audience: str
    row_id: str
    held_at: datetime
    detail: str


def held_rows(ledger: Ledger) -> Iterator[HeldRow]:
    """All of them, those longest held first."""
    query = sa.select(sync_held).where(sync_held.c.status == "held").order_by(sync_held.c.held_at, sync_held.c.row_id)
    for row in ledger.database.read(lambda connection: connection.execute(query).all()):
        yield HeldRow(row.destination, row.audience, row.row_id, row.held_at, row.detail or "")


def settle_row(ledger: Ledger, snapshots: Snapshots, row: HeldRow, decision: Decision, who: str, at: datetime) -> None:
    """Does with a held row what a person decided, and writes down who and when. A row that is to be sent again is forgotten as told: the
    next sync whose audience still has it tells it. Raises NotHeldError, SyncBusyError, and ValueError where nobody is named.
    """
    if not who.strip():
        raise ValueError("a settlement names the person who decided")
    mine = {"destination": row.destination, "audience": row.audience, "row_id": row.row_id}
    settled = sa.update(sync_held).filter_by(**mine, status="held").values(status=_STATUS[decision], settled_by=who, settled_at=at)

    def settle(connection: sa.Connection) -> None:
        if connection.execute(settled).rowcount == 0:
            raise NotHeldError(f"no row {row.row_id!r} of {row.audience} at {row.destination} is held")

    if decision is not Decision.SEND_AGAIN:
        ledger.database.write(settle)
        return
    files, journal = snapshots.files(row.destination, row.audience), snapshots.journal(row.destination, row.audience)
    with journal.alone(files.lock):
        current = journal.current()
        if current is None or current.generation is None or journal.unfinished():
            raise SyncBusyError(f"the last sync of {row.audience} at {row.destination} did not come to its end; sync it once more first")
        generation = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"
        members = 0
        with written(files.path(generation, "members"), APPENDED) as file:
            for batch in files.members(current.generation, APPENDED).batches(APPENDED.names):
                kept = batch.filter(pc.not_equal(batch.column("row_id"), pa.scalar(row.row_id)))
                file.write_batch(kept.cast(APPENDED))
                members += kept.num_rows
        if (waiting := files.path(current.generation, "waiting")).exists():
            shutil.copyfile(waiting, files.path(generation, "waiting"))
        here = sa.update(sync_lists).filter_by(destination=row.destination, audience=row.audience, generation=current.generation)

        def forget(connection: sa.Connection) -> None:
            settle(connection)
            connection.execute(here.values(generation=generation, members=members))

        ledger.database.write(forget)
