"""The ledger: what was claimed, sent and answered, one row per message, so that nothing is sent twice and nothing is
forgotten.

A row's life: claim -> `sending` -> `accepted` | `rejected` | `unknown` | `pending`. Only `pending` (surely not sent,
or harmless to repeat) can be claimed again. `sending` after its run has died is settled by the next run
(`activations.messages.engine`), since nobody knows whether the request left.

Which run is alive is decided by a lock, not by times: one delivery per ledger at a time, held with `exclusive` (see
there) for as long as a run lasts. So a row in `sending` whose owner is another run always belongs to a dead one. A
demo's clock stands still, so a lease would not expire.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from activations.ledger.exclusive import exclusive
from activations.ledger.rows import UNCONFIRMED, Claim, claimed_row, message_of, result_row
from activations.ledger.tables import deliveries, metadata
from activations.model import Message, Settled

_ROWS_PER_QUERY = 1000


class Ledger:
    """`url` is SQLAlchemy's, driver named: `sqlite:////…/ledger.db`, `postgresql+psycopg://…`. Creates its table where it is missing."""

    def __init__(self, url: str) -> None:
        self.run_id = uuid.uuid4().hex
        self._engine = sa.create_engine(url, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            if (database := self._engine.url.database) and database != ":memory:":
                Path(database).parent.mkdir(parents=True, exist_ok=True)
            sa.event.listen(self._engine, "connect", _set_up_sqlite)
        metadata.create_all(self._engine)
        self._connection: sa.Connection | None = None

    def __repr__(self) -> str:
        return f"Ledger({self._engine.url.render_as_string(hide_password=True)!r})"

    @property
    def engine(self) -> sa.Engine:
        """The database, for what else lives in it (the syncs' journal)."""
        return self._engine

    def close(self) -> None:
        """Closes the connections to the database."""
        self._engine.dispose()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Holds the ledger for one delivery. Raises LedgerBusyError while another has it. All writes happen within."""
        with self._engine.connect() as connection, exclusive(connection):
            self._connection = connection
            try:
                yield
            finally:
                self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            raise RuntimeError("the ledger is written only within `with ledger.exclusive():`")
        with self._connection.begin():
            yield self._connection

    def claim(self, messages: Sequence[Message], at: datetime) -> set[str]:
        """Marks messages as being sent and commits; returns the ids that now belong to this run. The others have been dealt with before."""
        rows = {message.message_id: claimed_row(message, self.run_id, at) for message in messages}
        if not rows:
            return set()
        with self._transaction() as connection:
            insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(deliveries)
            new = insert.excluded
            claim = insert.on_conflict_do_update(
                index_elements=["message_id"],
                set_={
                    **{name: new[name] for name in ("status", "owner", "destination", "claimed_at", "updated_at", "payload")},
                    "attempts": deliveries.c.attempts + 1,
                    "error_code": None,
                    "error_detail": None,
                    "finished_at": None,
                },
                where=(deliveries.c.status == "pending")
                & ((deliveries.c.destination == new.destination) | (sa.func.coalesce(deliveries.c.error_code, "") != UNCONFIRMED)),
            ).returning(deliveries.c.message_id)
            return set(connection.scalars(claim, list(rows.values())))

    def reclaim(self, message_ids: Sequence[str], at: datetime) -> None:
        """Takes over rows that a dead run left in `sending`, in order to send them again."""
        taken = sa.update(deliveries).where(deliveries.c.message_id == sa.bindparam("id"), deliveries.c.status == "sending")
        taken = taken.values(owner=self.run_id, attempts=deliveries.c.attempts + 1, updated_at=at)
        if message_ids:
            with self._transaction() as connection:
                connection.execute(taken, [{"id": message_id} for message_id in message_ids])

    def record(self, outcomes: Mapping[str, Settled], at: datetime, *, is_repeatable: bool) -> None:
        """Writes what became of messages in `sending` or `unknown` and commits. `is_repeatable`: a lost answer is no
        reason to hold the row.
        """
        names = ("status", "provider_ref", "error_code", "error_detail", "finished_at", "updated_at")
        values = {name: sa.bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in names}
        is_found = (deliveries.c.status == "unknown") & (values["status"] == "accepted")
        is_open = (deliveries.c.status == "sending") | is_found
        kept = sa.case((values["status"] == "unknown", deliveries.c.payload), else_=sa.null())
        change = sa.update(deliveries).where(deliveries.c.message_id == sa.bindparam("id"), is_open).values({**values, "payload": kept})
        rows = [{"id": message_id, **result_row(outcome, at, is_repeatable)} for message_id, outcome in outcomes.items()]
        if rows:
            with self._transaction() as connection:
                connection.execute(change, rows)

    def statuses(self, message_ids: Sequence[str]) -> dict[str, str]:
        """The status of those messages that the ledger knows."""
        found: dict[str, str] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(message_ids), _ROWS_PER_QUERY):
                some = deliveries.c.message_id.in_(message_ids[start : start + _ROWS_PER_QUERY])
                for message_id, status in connection.execute(sa.select(deliveries.c.message_id, deliveries.c.status).where(some)):
                    found[str(message_id)] = str(status)
        return found

    def in_doubt(self, status: str, since: datetime | None = None) -> list[Claim]:
        """Messages `sending` (within `exclusive`: left by a dead run) or `unknown` (held for a person), in the order of their claims."""
        columns = deliveries.c
        query = sa.select(columns.payload, columns.status, columns.claimed_at, columns.error_detail).where(columns.status == status)
        if since is not None:
            query = query.where(columns.claimed_at >= since)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.claimed_at, columns.message_id)).all()
        return [Claim(message_of(row.payload), row.status, row.claimed_at, row.error_detail) for row in rows]

    def knows_ref(self, destination: str, provider_ref: str) -> bool:
        """Whether some message already goes by this id of the provider's."""
        columns = deliveries.c
        query = sa.select(columns.message_id).where(columns.destination == destination, columns.provider_ref == provider_ref)
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.execute("pragma journal_mode = wal")  # readers do not hold up a delivery
    connection.execute("pragma synchronous = full")  # a commit survives a power cut
    connection.execute("pragma busy_timeout = 30000")
