"""What became of messages, written down under the fence of their claim; like `claims`, steps that may be run twice."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from activations.ledger.claims import held_by
from activations.ledger.database import among
from activations.ledger.leases import Leases
from activations.ledger.rows import NOT_SENT, UNCONFIRMED, Hold, Holds, Result, message_of, result
from activations.ledger.tables import attempts, deliveries
from activations.model import Message, Settled

_TABLE = deliveries.c


def record(
    connection: sa.Connection, outcomes: Mapping[str, Settled], holds: Holds, leases: Leases, at: datetime, is_repeatable: bool
) -> set[str]:
    """Writes what became of messages that this worker holds; returns those that were its to write about.

    Of the others somebody else has taken charge meanwhile; only that one was accepted is still news, where it is held for a person.
    """
    alike: dict[Result, list[str]] = defaultdict(list)
    for message_id, outcome in outcomes.items():
        alike[result(outcome, is_repeatable)].append(message_id)
    written: set[str] = set()
    for what, message_ids in alike.items():
        mine = {message_id: holds[message_id] for message_id in message_ids}
        for _, _, condition in held_by(connection, mine):
            change = sa.update(deliveries).where(condition, _TABLE.owner == leases.worker)
            connection.execute(change.values(_settled(what, at)))
            done = sa.select(_TABLE.message_id).where(condition, _TABLE.owner.is_(None), _TABLE.status == what.status)
            written |= set(connection.scalars(done))
        _end_attempts(connection, mine, what, leases.worker, at)
        late = [message_id for message_id in message_ids if message_id not in written] if what.status == "accepted" else []
        if late:
            is_held = among(connection, _TABLE.message_id, late) & (_TABLE.status == "unknown")
            connection.execute(sa.update(deliveries).where(is_held).values(_settled(what, at)))
    return written


def accept_found(connection: sa.Connection, message: Message, provider_ref: str, hold: Hold | None, leases: Leases, at: datetime) -> bool:
    """Accepts a message in doubt because the provider has one of its recipient and text, unless that one is, or may be,
    another's. `hold`: where this worker was sending it; None: it is held for a person.
    """
    if connection.dialect.name == "postgresql":  # two workers may not find the same one for two messages
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"{message.destination} {provider_ref}", 0))))
    query = sa.select(_TABLE.message_id).where(_TABLE.destination == message.destination, _TABLE.provider_ref == provider_ref)
    known: set[str] = set(connection.scalars(query))
    if known or _rivals(connection, message, leases):
        return message.message_id in known
    what = Result("accepted", "accepted", provider_ref=provider_ref)
    row = sa.update(deliveries).where(_TABLE.message_id == message.message_id)
    row = row.where(_TABLE.status == "unknown" if hold is None else (_TABLE.fence == hold.fence) & (_TABLE.owner == leases.worker))
    is_changed = connection.execute(row.values(_settled(what, at))).rowcount == 1
    if is_changed and hold is not None:
        _end_attempts(connection, {message.message_id: hold}, what, leases.worker, at)
    return is_changed


def _rivals(connection: sa.Connection, message: Message, leases: Leases) -> bool:
    """Whether another worker is sending to the same address just now: what the provider has may be that one."""
    query = sa.select(_TABLE.payload).where(_TABLE.status == "sending", _TABLE.destination == message.destination)
    others: sa.ScalarResult[str] = connection.scalars(query.where(_TABLE.owner != leases.worker, _TABLE.message_id != message.message_id))
    return any(message_of(payload).address == message.address for payload in others)


def _settled(what: Result, at: datetime) -> dict[str, object]:
    """The columns that an outcome changes. A row that may have gone out once stays so, though a later try surely did not."""
    is_final = what.code != NOT_SENT
    code: object = what.code if is_final else sa.case((_TABLE.error_code == UNCONFIRMED, UNCONFIRMED), else_=NOT_SENT)
    kept = {} if what.status == "unknown" else {"payload": None}
    return {
        "status": what.status, "provider_ref": what.provider_ref, "error_code": code, "error_detail": what.detail,
        "finished_at": at if is_final else None, "updated_at": at, "owner": None, "lease_until": None, **kept,
    }  # fmt: skip


def _end_attempts(connection: sa.Connection, holds: Mapping[str, Hold], what: Result, worker: str, at: datetime) -> None:
    columns = attempts.c
    values = {"outcome": what.attempt, "code": what.code, "detail": what.detail, "finished_at": at, "updated_at": at}
    for message_ids, before, _ in held_by(connection, holds):
        mine = among(connection, columns.message_id, message_ids) & (columns.number == before + 1)
        connection.execute(sa.update(attempts).where(mine, columns.worker == worker, columns.finished_at.is_(None)).values(values))
