"""Who has a row, and until when: leases end by the database's clock, and a worker watches its own so that it sends nothing after."""

import contextlib
import math
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator

import sqlalchemy as sa

from activations.ledger.database import Database
from activations.ledger.tables import deliveries

_RENEWALS_PER_LEASE = 3
_SPARE = 0.25
"""The share of a lease that must be left when a request leaves, so that its answer can be written while the row is ours."""


class Leases:
    """One worker's leases of `seconds`. `stopwatch` must go on while the process is paused, as a monotonic clock does.

    The worker's own deadline is counted from before it asked for the lease, so it never outlasts the database's.
    """

    def __init__(self, database: Database, seconds: float, stopwatch: Callable[[], float]) -> None:
        self.worker = uuid.uuid4().hex
        self.seconds = seconds
        self._database = database
        self._stopwatch = stopwatch
        self._deadlines: dict[str, float] = {}

    @property
    def is_alone(self) -> bool:
        """A SQLite ledger is held by one delivery at a time: there, a row that is another's is a dead worker's, and ours stay ours."""
        return not self._database.is_shared

    def now(self) -> float:
        """To be asked before a lease is, and handed to `keep`."""
        return self._stopwatch()

    def keep(self, message_ids: Iterable[str], since: float) -> None:
        """These rows were leased to this worker; it asked at `since`."""
        self._deadlines.update(dict.fromkeys(message_ids, since + self.seconds))

    def drop(self, message_ids: Iterable[str]) -> None:
        """These rows are no longer this worker's."""
        for message_id in message_ids:
            self._deadlines.pop(message_id, None)

    def hold(self, message_ids: Iterable[str]) -> bool:
        """Whether these rows are this worker's, and will be for as long as a request should take; renews where that helps."""
        if self.is_alone or self._last(message_ids):
            return True
        self._database.write(self._renew)
        return self._last(message_ids)

    def seconds_left(self, message_ids: Iterable[str]) -> float:
        """For how long those of these rows that are not settled are surely this worker's; infinite where they stay so."""
        if self.is_alone:
            return math.inf
        return min((self._deadlines.get(message_id, math.inf) for message_id in message_ids), default=math.inf) - self._stopwatch()

    def _last(self, message_ids: Iterable[str]) -> bool:
        latest = self._stopwatch() + self.seconds * _SPARE
        return all(self._deadlines.get(message_id, math.inf) > latest for message_id in message_ids)

    def until(self) -> sa.ColumnElement:  # type: ignore[type-arg]
        """When a lease ends that is given now."""
        return self._database.after(self.seconds)

    def over(self) -> sa.ColumnElement[bool]:
        """Rows that no living worker has, whatever they say of their owner."""
        column = deliveries.c.lease_until
        ended = column.is_(None) | (column <= self._database.after(0))
        return ended | (sa.func.coalesce(deliveries.c.owner, "") != self.worker) if self.is_alone else ended

    def lasting(self) -> sa.ColumnElement[bool]:
        """This worker's rows whose lease has not ended."""
        mine = deliveries.c.owner == self.worker
        return mine if self.is_alone else mine & (deliveries.c.lease_until > self._database.after(0))

    def _renew(self, connection: sa.Connection) -> None:
        """Prolongs all leases of this worker that nobody has taken over."""
        since = self.now()
        change = sa.update(deliveries).where(deliveries.c.owner == self.worker).values(lease_until=self.until())
        still = connection.scalars(change.returning(deliveries.c.message_id)).all()
        self.keep(self._deadlines.keys() & set(still), since)

    @contextlib.contextmanager
    def renewing(self) -> Iterator[None]:
        """Renews in the background, and gives up what is left at the end, so that others need not wait for it."""
        ended = threading.Event()

        def live() -> None:
            while not ended.wait(self.seconds / _RENEWALS_PER_LEASE):
                try:
                    self._database.write_once(self._renew)
                except sa.exc.SQLAlchemyError:  # the database is away: the rows are ours for as long as we know they are
                    continue

        thread = threading.Thread(target=live, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.give_up()

    def give_up(self) -> None:
        """Ends all leases of this worker now."""
        change = sa.update(deliveries).where(deliveries.c.owner == self.worker).values(lease_until=self._database.after(0))
        with contextlib.suppress(sa.exc.SQLAlchemyError):  # they end by themselves where the database is away
            self._database.write_once(lambda connection: connection.execute(change))
        self._deadlines.clear()
