"""Who may send a message: claimed by one worker, then on its way. Every function is a step within a transaction that may be
run twice, because the answer to its commit may be lost; each comes to the same then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from activations.ledger.leases import Leases
from activations.ledger.rows import UNCONFIRMED, Doubt, Hold, Holds, claimed_row, message_of
from activations.ledger.tables import attempts, deliveries
from activations.model import Message

_ROWS_PER_QUERY = 1000
_TABLE = deliveries.c


def insert_new(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that leaves rows alone that are there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def held_by(holds: Mapping[str, Hold], message_ids: Iterable[str]) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that together name the rows whose fence is still the hold's."""
    for some in _chunks(message_ids):
        yield sa.tuple_(_TABLE.message_id, _TABLE.fence).in_([(message_id, holds[message_id].fence) for message_id in some])


def claim(connection: sa.Connection, messages: Mapping[str, Message], leases: Leases, at: datetime, tried: dict[str, int]) -> Holds:
    """Claims the messages that nobody has dealt with or is dealing with. `tried`: empty the first time; the same dict again
    when the transaction is repeated: it holds the fences that the first try wrote.
    """
    is_repeated = bool(tried)
    rows = [claimed_row(messages[message_id], leases.worker, at) for message_id in sorted(messages)]  # one order for all workers
    tried |= {message_id: tried.get(message_id, 1) for message_id in messages}
    new = insert_new(connection, deliveries).values(lease_until=leases.until()).returning(_TABLE.message_id)
    holds: Holds = {message_id: Hold(1, 0) for message_id in connection.scalars(new, rows)}
    over = leases.over().label("is_over")
    changes = []
    for some in _chunks(sorted(messages.keys() - holds.keys())):
        query = sa.select(_TABLE.message_id, _TABLE.fence, _TABLE.attempts, _TABLE.destination, _TABLE.error_code, _TABLE.owner, over)
        query = query.where(_TABLE.message_id.in_(some), _TABLE.status == "pending").with_for_update(skip_locked=True)
        for row in connection.execute(query).all():
            message = messages[row.message_id]
            is_there = row.destination == message.destination
            if is_repeated and row.owner == leases.worker and row.fence == tried[row.message_id] and is_there:
                holds[row.message_id] = Hold(row.fence, row.attempts)
            elif row.is_over and (is_there or row.error_code != UNCONFIRMED):
                holds[row.message_id] = Hold(row.fence + 1, row.attempts)
                tried[row.message_id] = row.fence + 1
                columns = claimed_row(message, leases.worker, at) | {"fence": row.fence + 1}
                changes.append({f"new_{name}": value for name, value in columns.items() if name not in ("status", "attempts")})
    if changes:
        values = {name[4:]: sa.bindparam(name, type_=_TABLE[name[4:]].type) for name in changes[0] if name != "new_message_id"}
        taken = sa.update(deliveries).where(_TABLE.message_id == sa.bindparam("new_message_id"))
        connection.execute(taken.values({**values, "lease_until": leases.until()}), changes)
    return holds


def start(connection: sa.Connection, holds: Holds, leases: Leases, at: datetime) -> set[str]:
    """Says that the messages are on their way now. Those not in the answer are no longer this worker's and must not be sent."""
    started: set[str] = set()
    for before in {hold.attempts for hold in holds.values()}:
        for condition in held_by(holds, sorted(key for key, hold in holds.items() if hold.attempts == before)):
            mine = condition & leases.lasting() & _TABLE.status.in_(("pending", "sending")) & _TABLE.attempts.in_((before, before + 1))
            change = sa.update(deliveries).where(mine)
            change = change.values(status="sending", attempts=before + 1, lease_until=leases.until(), updated_at=at)
            started |= set(connection.scalars(change.returning(_TABLE.message_id)))
    times = {"started_at": at, "updated_at": at, "worker": leases.worker}
    begun = [{"message_id": key, "number": holds[key].attempts + 1, **times} for key in sorted(started)]
    if begun:
        connection.execute(insert_new(connection, attempts), begun)
    return started


def release(connection: sa.Connection, holds: Holds, leases: Leases) -> None:
    """Gives back what was claimed and is not to be sent now."""
    for condition in held_by(holds, sorted(holds)):
        _forget(connection, condition & (_TABLE.owner == leases.worker))


def sweep(connection: sa.Connection, leases: Leases) -> None:
    """Frees what dead workers had claimed and not sent, and removes its addresses: it may not be in the outbox any more."""
    _forget(connection, _TABLE.payload.is_not(None) & leases.over())


def _forget(connection: sa.Connection, rows: sa.ColumnElement[bool]) -> None:
    claimed = rows & (_TABLE.status == "pending")
    connection.execute(sa.delete(deliveries).where(claimed, _TABLE.attempts == 0))  # as if it had never been
    connection.execute(sa.update(deliveries).where(claimed).values(owner=None, lease_until=None, payload=None))


def take_over(connection: sa.Connection, destination: str, leases: Leases, at: datetime, limit: int, tried: dict[str, int]) -> list[Doubt]:
    """Messages that a dead worker was sending, at most `limit`; from now on this worker's to settle. `tried` as for `claim`."""
    columns = (_TABLE.message_id, _TABLE.payload, _TABLE.claimed_at, _TABLE.fence, _TABLE.attempts)
    of_mine = (_TABLE.owner == leases.worker) & _TABLE.message_id.in_(list(tried))
    query = sa.select(*columns).where(_TABLE.status == "sending", _TABLE.destination == destination, leases.over() | of_mine)
    query = query.order_by(_TABLE.claimed_at, _TABLE.message_id).limit(limit).with_for_update(skip_locked=True)
    doubts = []
    for row in connection.execute(query).all():
        fence = tried.setdefault(row.message_id, row.fence + 1)
        doubts.append(Doubt(message_of(row.payload), row.claimed_at, Hold(fence, row.attempts)))
        mine = {"owner": leases.worker, "fence": fence, "lease_until": leases.until()}
        connection.execute(sa.update(deliveries).where(_TABLE.message_id == row.message_id).values(mine))
    lost = {"finished_at": at, "updated_at": at, "outcome": "unknown", "code": UNCONFIRMED, "detail": "its worker died"}
    for some in _chunks(doubt.message.message_id for doubt in doubts):
        ended = sa.update(attempts).where(attempts.c.message_id.in_(some), attempts.c.finished_at.is_(None))
        connection.execute(ended.values(lost))
    return doubts


def _chunks(message_ids: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(message_ids)
    return iter(lambda: list(islice(left, _ROWS_PER_QUERY)), [])
