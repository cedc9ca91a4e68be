"""Appended rows that are held: they may have arrived, a repeat might do harm, and only a person may say what happens next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from activations.ledger import Decision, Ledger, NotHeldError
from activations.ledger.sync_tables import sync_held
from activations.syncs.rewriting import rewrite
from activations.syncs.snapshots import APPENDED, Snapshots

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
        current = journal.at_rest()
        if current is None:
            raise NotHeldError(f"this ledger knows of no list {row.audience} at {row.destination}")
        told = files.members(current.generation, APPENDED).batches(APPENDED.names)
        kept = (batch.filter(pc.not_equal(batch.column("row_id"), pa.scalar(row.row_id))).cast(APPENDED) for batch in told)
        rewrite(files, journal, current, kept, APPENDED, at, settle)
