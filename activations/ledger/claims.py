"""Who may send a message: claimed by one worker, then on its way. Every function is a step within a transaction that may be
run twice, because the answer to its commit may be lost; each comes to the same then.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from activations.ledger.database import among, given
from activations.ledger.leases import Leases
from activations.ledger.rows import TEXTS, UNCONFIRMED, Doubt, Hold, Holds, message_of, texts_of
from activations.ledger.tables import attempts, deliveries, readers
from activations.model import Message

_TABLE = deliveries.c


def insert_new(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that leaves rows alone that are there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def held_by(connection: sa.Connection, holds: Mapping[str, Hold]) -> Iterator[tuple[list[str], int, sa.ColumnElement[bool]]]:
    """The holds in groups that a statement can be about: message_ids, earlier attempts, and the condition that the row's fence is
    still the hold's.
    """
    alike: dict[Hold, list[str]] = defaultdict(list)
    for message_id in sorted(holds):
        alike[holds[message_id]].append(message_id)
    for hold, message_ids in alike.items():
        yield message_ids, hold.attempts, among(connection, _TABLE.message_id, message_ids) & (_TABLE.fence == hold.fence)


def claim(connection: sa.Connection, messages: Mapping[str, Message], leases: Leases, at: datetime, tried: dict[str, int]) -> Holds:
    """Claims the messages that nobody has dealt with or is dealing with. `tried`: empty the first time; the same dict again
    when the transaction is repeated: it holds the fences that the first try wrote.
    """
    is_repeated = bool(tried)
    tried |= {message_id: tried.get(message_id, 1) for message_id in messages}
    texts = given(connection, TEXTS, [texts_of(messages[message_id]) for message_id in sorted(messages)])  # one order for all workers
    same = {"claimed_at": at, "updated_at": at, "status": "pending", "attempts": 0, "fence": 1, "owner": leases.worker}
    values = [sa.literal(value, _TABLE[name].type).label(name) for name, value in same.items()]
    new = insert_new(connection, deliveries).from_select([*TEXTS, *same, "lease_until"], texts.add_columns(*values, leases.until()))
    holds: Holds = {message_id: Hold(1, 0) for message_id in connection.scalars(new.returning(_TABLE.message_id))}
    over = leases.over().label("is_over")
    changes = []
    if known := messages.keys() - holds.keys():
        query = sa.select(_TABLE.message_id, _TABLE.fence, _TABLE.attempts, _TABLE.destination, _TABLE.error_code, _TABLE.owner, over)
        query = query.where(among(connection, _TABLE.message_id, known), sa.func.coalesce(_TABLE.status, "") == "pending").with_for_update(
            skip_locked=True
        )
        for row in connection.execute(query).all():
            message = messages[row.message_id]
            is_there = row.destination == message.destination
            if is_repeated and row.owner == leases.worker and row.fence == tried[row.message_id] and is_there:
                holds[row.message_id] = Hold(row.fence, row.attempts)
            elif row.is_over and (is_there or row.error_code != UNCONFIRMED):
                holds[row.message_id] = Hold(row.fence + 1, row.attempts)
                tried[row.message_id] = row.fence + 1
                changes.append([*texts_of(message), str(row.fence + 1)])
    if changes:
        new_values = given(connection, [*TEXTS, "fence"], changes).subquery()
        times = {"claimed_at": at, "updated_at": at, "owner": leases.worker, "lease_until": leases.until()}
        taken = sa.update(deliveries).where(_TABLE.message_id == new_values.c.message_id)
        columns = {name: new_values.c[name] for name in TEXTS} | {"fence": sa.cast(new_values.c.fence, sa.BigInteger)}
        connection.execute(taken.values({**columns, **times}))
    _note_readers(connection, (messages[message_id] for message_id in holds))
    return holds


def _note_readers(connection: sa.Connection, messages: Iterable[Message]) -> None:
    """Writes down who else reads these messages; most have one reader under one id, and nothing is written of them."""
    rows = [[reader, message.message_id] for message in messages for reader in message.readers[1:]]
    if rows:
        names = ["profile_id", "message_id"]
        connection.execute(insert_new(connection, readers).from_select(names, given(connection, names, rows)))


def start(connection: sa.Connection, holds: Holds, leases: Leases, at: datetime) -> set[str]:
    """Says that the messages are on their way now. Those not in the answer are no longer this worker's and must not be sent."""
    started: set[str] = set()
    for message_ids, before, condition in held_by(connection, holds):
        mine = condition & leases.lasting() & _TABLE.status.in_(("pending", "sending")) & _TABLE.attempts.in_((before, before + 1))
        change = sa.update(deliveries).where(mine)
        change = change.values(status="sending", attempts=before + 1, lease_until=leases.until(), updated_at=at)
        started |= set(connection.scalars(change.returning(_TABLE.message_id)))
        time = sa.literal(at, _TABLE.updated_at.type)
        begun = sa.select(_TABLE.message_id, _TABLE.attempts, _TABLE.owner, time.label("started_at"), time.label("updated_at"))
        begun = begun.where(condition, _TABLE.owner == leases.worker, _TABLE.status == "sending")
        names = ["message_id", "number", "worker", "started_at", "updated_at"]
        if not started.isdisjoint(message_ids):
            connection.execute(insert_new(connection, attempts).from_select(names, begun))
    return started


def release(connection: sa.Connection, holds: Holds, leases: Leases) -> None:
    """Gives back what was claimed and is not to be sent now."""
    for _, _, condition in held_by(connection, holds):
        _forget(connection, condition & (_TABLE.owner == leases.worker))


def sweep(connection: sa.Connection, leases: Leases) -> None:
    """Frees what dead workers had claimed and not sent, and removes its addresses: it may not be in the outbox any more."""
    _forget(connection, _TABLE.payload.is_not(None) & leases.over())


def _forget(connection: sa.Connection, rows: sa.ColumnElement[bool]) -> None:
    claimed = rows & (_TABLE.status == "pending")
    never_tried = sa.select(_TABLE.message_id).where(claimed, _TABLE.attempts == 0)
    connection.execute(sa.delete(readers).where(readers.c.message_id.in_(never_tried)))
    connection.execute(sa.delete(deliveries).where(claimed, _TABLE.attempts == 0))  # as if it had never been
    connection.execute(sa.update(deliveries).where(claimed).values(owner=None, lease_until=None, payload=None))


def take_over(connection: sa.Connection, destination: str, leases: Leases, at: datetime, limit: int, tried: dict[str, int]) -> list[Doubt]:
    """Messages that a dead worker was sending, at most `limit`; from now on this worker's to settle. `tried` as for `claim`."""
    columns = (_TABLE.message_id, _TABLE.payload, _TABLE.claimed_at, _TABLE.fence, _TABLE.attempts)
    of_mine = (_TABLE.owner == leases.worker) & among(connection, _TABLE.message_id, tried)
    query = sa.select(*columns).where(_TABLE.status == "sending", _TABLE.destination == destination, leases.over() | of_mine)
    query = query.order_by(_TABLE.claimed_at, _TABLE.message_id).limit(limit).with_for_update(skip_locked=True)
    doubts = []
    for row in connection.execute(query).all():
        fence = tried.setdefault(row.message_id, row.fence + 1)
        doubts.append(Doubt(message_of(row.payload), row.claimed_at, Hold(fence, row.attempts)))
        mine = {"owner": leases.worker, "fence": fence, "lease_until": leases.until()}
        connection.execute(sa.update(deliveries).where(_TABLE.message_id == row.message_id).values(mine))
    lost = {"finished_at": at, "updated_at": at, "outcome": "unknown", "code": UNCONFIRMED, "detail": "its worker died"}
    taken = among(connection, attempts.c.message_id, [doubt.message.message_id for doubt in doubts])
    connection.execute(sa.update(attempts).where(taken, attempts.c.finished_at.is_(None)).values(lost))
    return doubts
