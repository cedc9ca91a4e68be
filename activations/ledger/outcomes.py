"""What became of messages, written down under the fence of their claim; like `claims`, steps that may be run twice."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from activations.ledger.database import given
from activations.ledger.leases import Leases
from activations.ledger.rows import NOT_SENT, UNCONFIRMED, Hold, Holds, Result, message_of, result
from activations.ledger.tables import attempts, deliveries
from activations.model import Message, Settled

_TABLE = deliveries.c
_COLUMNS = ["message_id", "fence", "number", "status", "attempt", "provider_ref", "code", "detail"]


def record(
    connection: sa.Connection, outcomes: Mapping[str, Settled], holds: Holds, leases: Leases, at: datetime, is_repeatable: bool
) -> set[str]:
    """Writes what became of messages that this worker holds; returns those that were its to write about.

    Of the others somebody else has taken charge meanwhile; only that one was accepted is still news, where it is held for a person.
    """
    said = _said(connection, {message_id: (holds[message_id], result(outcome, is_repeatable)) for message_id, outcome in outcomes.items()})
    same = (_TABLE.message_id == said.c.message_id) & (_TABLE.fence == sa.cast(said.c.fence, sa.BigInteger))
    owner, status = sa.func.coalesce(_TABLE.owner, ""), sa.func.coalesce(_TABLE.status, "")  # no index but the key's is of use here
    connection.execute(_settle(said, at).where(same, owner == leases.worker))
    done = sa.select(_TABLE.message_id).where(same, owner == "", status == said.c.status)
    written: set[str] = set(connection.scalars(done))
    _end_attempts(connection, said, leases.worker, at)
    if len(written) < len(outcomes):
        is_news = (status == "unknown") & (said.c.status == "accepted")
        connection.execute(_settle(said, at).where(_TABLE.message_id == said.c.message_id, is_news))
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
    said = _said(connection, {message.message_id: (hold or Hold(0, 0), Result("accepted", "accepted", provider_ref=provider_ref))})
    this = (_TABLE.message_id == message.message_id) & (_TABLE.message_id == said.c.message_id)
    mine = _TABLE.status == "unknown" if hold is None else (_TABLE.fence == hold.fence) & (_TABLE.owner == leases.worker)
    is_changed = connection.execute(_settle(said, at).where(this, mine)).rowcount == 1
    if is_changed and hold is not None:
        _end_attempts(connection, said, leases.worker, at)
    return is_changed


def _rivals(connection: sa.Connection, message: Message, leases: Leases) -> bool:
    """Whether another worker is sending to the same address just now: what the provider has may be that one."""
    query = sa.select(_TABLE.payload).where(_TABLE.status == "sending", _TABLE.destination == message.destination)
    others: sa.ScalarResult[str] = connection.scalars(query.where(_TABLE.owner != leases.worker, _TABLE.message_id != message.message_id))
    return any(message_of(payload).address == message.address for payload in others)


def _said(connection: sa.Connection, results: Mapping[str, tuple[Hold, Result]]) -> sa.Subquery:
    """What became of which messages, as a table that an UPDATE reads."""
    rows = [
        [message_id, str(hold.fence), str(hold.attempts + 1), what.status, what.attempt, what.provider_ref, what.code, what.detail]
        for message_id, (hold, what) in sorted(results.items())
    ]
    return given(connection, _COLUMNS, rows).subquery("said")


def _settle(said: sa.Subquery, at: datetime) -> sa.Update:
    """A row that may have gone out once stays so, though a later try surely did not."""
    is_final = said.c.attempt != NOT_SENT
    return sa.update(deliveries).values(
        status=said.c.status,
        provider_ref=said.c.provider_ref,
        error_code=sa.case((is_final, said.c.code), (_TABLE.error_code == UNCONFIRMED, UNCONFIRMED), else_=said.c.code),
        error_detail=said.c.detail,
        finished_at=sa.case((is_final, sa.literal(at, _TABLE.finished_at.type))),
        updated_at=at,
        owner=None,
        lease_until=None,
        payload=sa.case((said.c.status == "unknown", _TABLE.payload)),
    )


def _end_attempts(connection: sa.Connection, said: sa.Subquery, worker: str, at: datetime) -> None:
    columns = attempts.c
    mine = (columns.message_id == said.c.message_id) & (columns.number == sa.cast(said.c.number, sa.Integer)) & (columns.worker == worker)
    values = {"outcome": said.c.attempt, "code": said.c.code, "detail": said.c.detail, "finished_at": at, "updated_at": at}
    connection.execute(sa.update(attempts).where(mine, columns.finished_at.is_(None)).values(values))
