"""Messages that are held: they may have arrived, the provider cannot tell, and only a person may say what happens next."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from activations.ledger.ledger import Ledger
from activations.ledger.rows import message_of
from activations.ledger.tables import UtcTimestamp, deliveries, settlements
from activations.masking import mask, mask_text

_TABLE = deliveries.c
_ROWS_PER_QUERY = 500


class NotHeldError(LookupError):
    """The message is not held: it is not known, it is settled, or a worker is sending it just now."""


class Decision(StrEnum):
    """What a person says about a held message."""

    SENT = "sent"
    """It arrived: from here on it counts as accepted."""
    SEND_AGAIN = "send_again"
    """It did not arrive: it goes out with the next run whose outbox still has it."""
    DROP = "drop"
    """It is not to be sent, whether it arrived or not: from here on it counts as rejected."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message that may have arrived, never repeated by itself: for a person to look into."""

    message_id: str
    campaign: str
    destination: str
    masked_address: str
    detail: str
    claimed_at: datetime | None = None
    attempts: int = 0


def held(ledger: Ledger, *, limit: int | None = None) -> Iterator[Held]:
    """The held messages, those longest held first, at most `limit`, read as a stream: with them what a dead worker was sending to a
    destination that no run has asked since.
    """
    after: tuple[datetime, str] | None = None
    given = 0
    while limit is None or given < limit:
        wanted = _ROWS_PER_QUERY if limit is None else min(_ROWS_PER_QUERY, limit - given)
        query = sa.select(deliveries).where(_is_held(ledger)).order_by(_TABLE.claimed_at, _TABLE.message_id).limit(wanted)
        if after is not None:
            query = query.where(sa.tuple_(_TABLE.claimed_at, _TABLE.message_id) > sa.tuple_(sa.literal(after[0], UtcTimestamp), after[1]))
        rows = ledger.database.read(lambda connection, query=query: connection.execute(query).all())  # type: ignore[misc]
        for row in rows:
            address = mask(message_of(row.payload).address)
            detail = row.error_detail or "its worker died while sending it"
            yield Held(row.message_id, row.campaign, row.destination, address, detail, row.claimed_at, row.attempts)
        if len(rows) < wanted:
            return
        given += len(rows)
        after = (rows[-1].claimed_at, rows[-1].message_id)


def count_held(ledger: Ledger) -> int:
    """How many messages are held."""
    query = sa.select(sa.func.count()).select_from(deliveries).where(_is_held(ledger))
    return ledger.database.read(lambda connection: connection.scalar(query)) or 0


def settle_held(ledger: Ledger, message_id: str, decision: Decision, who: str, at: datetime, note: str = "") -> None:
    """Does with a held message what a person decided, and writes down who, when and why; its address is removed.

    Raises NotHeldError, and ValueError where nobody is named.
    """
    if not who.strip():
        raise ValueError("a settlement names the person who decided")
    written = {"message_id": message_id, "decision": str(decision), "settled_by": who, "settled_at": at, "note": mask_text(note)}
    settlement_id = uuid.uuid4().hex
    detail = f"{who}: {mask_text(note)}" if note else who
    changes: dict[Decision, dict[str, object]] = {
        Decision.SENT: {"status": "accepted", "error_code": None, "error_detail": None, "finished_at": at},
        Decision.SEND_AGAIN: {"status": "pending", "error_code": "released", "error_detail": detail, "finished_at": None},
        Decision.DROP: {"status": "rejected", "error_code": "dropped", "error_detail": detail, "finished_at": at},
    }

    def settle(connection: sa.Connection) -> None:
        if connection.scalar(sa.select(settlements.c.settlement_id).where(settlements.c.settlement_id == settlement_id)):
            return  # done by a try whose answer was lost
        row = sa.update(deliveries).where(_TABLE.message_id == message_id, _is_held(ledger))
        fence = _TABLE.fence + 1  # a worker that wakes up late has lost the row
        values = changes[decision] | {"updated_at": at, "owner": None, "lease_until": None, "payload": None, "fence": fence}
        if connection.execute(row.values(values)).rowcount == 0:
            raise NotHeldError(f"no message {message_id!r} is held; `hold` without a message lists those that are")
        connection.execute(sa.insert(settlements).values(settlement_id=settlement_id, **written))

    ledger.database.write(settle)


def _is_held(ledger: Ledger) -> sa.ColumnElement[bool]:
    stranded = (_TABLE.status == "sending") & (_TABLE.lease_until.is_(None) | (_TABLE.lease_until <= ledger.database.after(0)))
    return (_TABLE.status == "unknown") | stranded
