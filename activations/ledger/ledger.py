"""The ledger: what was claimed, sent and answered, a row per message, so that nothing is sent twice and nothing is forgotten.

A row's life: claimed (`pending` with an owner) -> `sending` -> `accepted` | `rejected` | `unknown` | `pending`, each step committed before
the next begins. A claim has a lease that its worker renews and a fence number that grows with each claim; every later step asks for both,
so that a worker that was paused or cut off cannot act on a row that another has. When a lease ends, a row that was only claimed is free
again; one in `sending` is in doubt, and whoever takes it over repeats it only where that is harmless.

PostgreSQL: any number of workers share the work. SQLite: one delivery at a time (`exclusive`), so that another's row is a dead worker's.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from activations.ledger import beside, claims, outcomes
from activations.ledger.database import Database, among
from activations.ledger.exclusive import exclusive
from activations.ledger.leases import Leases
from activations.ledger.opening import bring_up_to_date
from activations.ledger.rows import Doubt, Hold, Holds, message_of
from activations.ledger.tables import deliveries
from activations.model import Message, Settled

Stopwatch = Callable[[], float]
_TABLE = deliveries.c


class Ledger:
    """`url` is SQLAlchemy's, driver named: `sqlite:////…/ledger.db`, `postgresql+psycopg://…`. Makes or upgrades its tables; raises
    LedgerNewerError. lease_seconds: how long a worker that says nothing keeps its rows. `sleep` waits for a database that is away;
    `stopwatch` (seconds) goes on while the process is paused."""

    def __init__(
        self, url: str, *, lease_seconds: float = 60.0, sleep: Callable[[float], None] = time.sleep, stopwatch: Stopwatch = time.monotonic
    ) -> None:
        self.database = Database(url, idle_seconds=lease_seconds, sleep=sleep)
        self.lease_seconds = lease_seconds
        self._stopwatch = stopwatch
        self._leases: Leases | None = None
        bring_up_to_date(self.database)

    def __repr__(self) -> str:
        return f"Ledger({self.engine.url.render_as_string(hide_password=True)!r})"

    @property
    def engine(self) -> sa.Engine:
        """For what else lives in the database (the syncs' journal)."""
        return self.database.engine

    def close(self) -> None:
        """Closes the connections to the database."""
        self.engine.dispose()

    @contextmanager
    def delivering(self, wait_seconds: float = 0.0) -> Iterator[None]:
        """A worker's life: within it, messages are claimed and recorded. SQLite has one at a time: LedgerBusyError after the wait."""
        with ExitStack() as stack:
            if not self.database.is_shared:
                stack.enter_context(exclusive(self.engine.url.database, wait_seconds))
            leases = Leases(self.database, self.lease_seconds, self._stopwatch)
            stack.enter_context(leases.renewing())
            self._leases = leases
            try:
                self.sweep()
                yield
            finally:
                self._leases = None

    @property
    def leases(self) -> Leases:
        """This worker's. Raises RuntimeError outside of `delivering`."""
        if self._leases is None:
            raise RuntimeError("the ledger is written only within `with ledger.delivering():`")
        return self._leases

    def claim(self, messages: Sequence[Message], at: datetime) -> Holds:
        """Takes those of the messages that are nobody's and have not been dealt with, for this worker to send or release."""
        by_id, leases, tried = {message.message_id: message for message in messages}, self.leases, dict[str, int]()
        return self.database.write(lambda connection: claims.claim(connection, by_id, leases, at, tried)) if by_id else {}

    def uncounted(self, messages: Sequence[Message], at: datetime) -> set[str]:
        """Those of these claimed messages whose readers got, or are about to get, what their decision did not count."""
        return self.database.read(lambda connection: beside.uncounted(connection, messages, self.leases, at)) if messages else set()

    def start(self, holds: Holds, at: datetime) -> Holds:
        """Marks messages as being sent, before the request leaves. What is not in the answer may not be sent by this worker."""
        leases, since = self.leases, self.leases.now()
        started = self.database.write(lambda connection: claims.start(connection, holds, leases, at))
        leases.keep(started, since)
        return {message_id: holds[message_id] for message_id in started}

    def release(self, holds: Holds) -> None:
        """Gives back messages that were claimed and not started."""
        if holds:
            self.database.write(lambda connection: claims.release(connection, holds, self.leases))

    def take_over(self, destination: str, at: datetime, limit: int = 1000) -> list[Doubt]:
        """Messages to `destination` that a dead worker left in `sending`, in the order of their claims; they are this worker's now."""
        leases, tried, since = self.leases, dict[str, int](), self.leases.now()
        doubts = self.database.write(lambda connection: claims.take_over(connection, destination, leases, at, limit, tried))
        leases.keep([doubt.message.message_id for doubt in doubts], since)
        return doubts

    def record(self, settled: Mapping[str, Settled], holds: Holds, at: datetime, *, is_repeatable: bool) -> set[str]:
        """Writes what became of messages that were claimed or started; returns those that were still this worker's.
        `is_repeatable`: a lost answer is no reason to hold the row.
        """
        if not settled:
            return set()
        written = self.database.write(lambda connection: outcomes.record(connection, settled, holds, self.leases, at, is_repeatable))
        self.leases.drop(settled)
        return written

    def accept_found(self, message: Message, provider_ref: str, hold: Hold | None, at: datetime) -> bool:
        """Accepts a message whose answer was lost, and which the provider has under this id; False where that one may be another's.
        `hold`: None for a message that is held for a person.
        """
        return self.database.write(lambda connection: outcomes.accept_found(connection, message, provider_ref, hold, self.leases, at))

    def statuses(self, message_ids: Sequence[str]) -> dict[str, str]:
        """The status of those messages that the ledger knows."""
        query = sa.select(_TABLE.message_id, _TABLE.status)
        rows = self.database.read(lambda at: at.execute(query.where(among(at, _TABLE.message_id, message_ids))).all())
        return {row.message_id: row.status for row in rows}

    def unknown_since(self, destination: str, since: datetime, after: str = "", limit: int = 200) -> list[tuple[Message, datetime]]:
        """Messages held for a person and claimed at or after `since`, each with that time; in order of message_id, from `after` on."""
        query = sa.select(_TABLE.payload, _TABLE.claimed_at).where(_TABLE.status == "unknown", _TABLE.destination == destination)
        query = query.where(_TABLE.claimed_at >= since, _TABLE.message_id > after).order_by(_TABLE.message_id).limit(limit)
        return [(message_of(row.payload), row.claimed_at) for row in self._all(query)]

    def sweep(self) -> None:
        """Frees what dead workers had claimed and not sent."""
        self.database.write(lambda connection: claims.sweep(connection, self.leases))

    def others(self, destination: str) -> dict[str, tuple[datetime, bool]]:
        """Other workers that have messages to `destination`: until when (by the database's clock), and whether that is over."""
        leases = self.leases
        last = sa.func.max(_TABLE.lease_until, type_=_TABLE.lease_until.type)
        query = sa.select(_TABLE.owner, last.label("until"), (last <= self.database.after(0)).label("is_over"))
        query = query.where(_TABLE.owner.is_not(None), _TABLE.owner != leases.worker, _TABLE.lease_until.is_not(None))
        query = query.where(_TABLE.destination == destination, _TABLE.status.in_(("pending", "sending"))).group_by(_TABLE.owner)
        return {row.owner: (row.until, bool(row.is_over)) for row in self._all(query)}

    def _all(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        return self.database.read(lambda connection: connection.execute(query).all())
