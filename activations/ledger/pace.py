"""One pace for several workers: the gauges of `activations.transport` kept in the ledger's database, by its clock.

A worker takes leave for a few requests at a time, for those that wait or a fiftieth of the narrowest window, so that a fast
endpoint does not cost a transaction per request; what became of them it tells with its next question, or at once where others
may wait for it. Until it tells, they count as under way, and those of a worker that died as answered at the last moment at
which they could have been. Runs that follow each other share the pace as well: the provider remembers the run before, and so
does this.
"""

import contextlib
import math
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from activations.ledger.pace_state import SharedGauge
from activations.ledger.pace_tables import connect, locked, make_table, paces
from activations.transport.dialects import Advice
from activations.transport.pacing import AtOnce, ByEndpoint, Pacer, Window, counting

_PART_OF_A_WINDOW = 50
_USED_WITHIN_SECONDS = 5.0
"""How long leave is good for."""
_DATABASE_IS_AWAY_SECONDS = 0.5
_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError)
_ASK_AGAIN_SECONDS = 0.01


@dataclass(slots=True)
class _Share:
    """What this worker has of one endpoint's limits, in times of its own clock."""

    account: str
    endpoint: str
    limits: ByEndpoint
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    leave: int = 0
    leave_until: float = -math.inf
    over: list[tuple[float, Advice]] = field(default_factory=list)
    """When requests were over, and what their answers said: not told yet."""
    ask_at: float = -math.inf


class SharedPacer(Pacer):
    """As `Pacer`, for all that use the database at `url` (SQLAlchemy's, as the ledger's). `request_seconds`: no request takes
    longer, from its turn to its answer.
    """

    def __init__(
        self,
        url: str,
        *,
        request_seconds: float = 130.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(clock=clock, sleep=sleep)
        self._engine = connect(url)
        self._is_ready = False
        self._worker = uuid.uuid4().hex
        self._held_seconds = request_seconds + _USED_WITHIN_SECONDS
        self._shares: dict[tuple[str, str], _Share] = {}

    def close(self) -> None:
        """Gives back the leave that is left. Without it, that counts as used for a while."""
        for share in self._shares.values():
            with share.lock, contextlib.suppress(*_AWAY):
                self._settle(share, 0)
        self._engine.dispose()

    def try_to_leave(self, account: str, endpoint: str, limits: ByEndpoint) -> float:
        share = self._share(account, endpoint, limits)
        with self._lock:
            share.waiting += 1
        with share.lock:
            with self._lock:
                waiting, share.waiting = share.waiting, share.waiting - 1
            now = self.clock()
            if not (share.leave and now < share.leave_until):
                if now < share.ask_at:
                    return share.ask_at - now
                try:
                    wait = self._settle(share, max(waiting, _portion(endpoint, limits)))
                except _AWAY:
                    wait = _DATABASE_IS_AWAY_SECONDS
                if wait:
                    share.ask_at = now + min(wait, _ASK_AGAIN_SECONDS if wait == math.inf else wait)
                    return wait
            share.leave -= 1
            return 0.0

    def answered(self, account: str, endpoint: str, limits: ByEndpoint, heard: Advice) -> None:
        share = self._share(account, endpoint, limits)
        with share.lock:
            share.over.append((self.clock(), heard))
            is_news = heard.is_throttled or heard.wait_seconds is not None or any(some.remaining < 1 for some in heard.allowances)
            if is_news or _waits_for_answers(endpoint, limits):
                share.ask_at = -math.inf
                with contextlib.suppress(*_AWAY):  # then it is told with the next question
                    self._settle(share, 0)

    def _share(self, account: str, endpoint: str, limits: ByEndpoint) -> _Share:
        with self._lock:
            return self._shares.setdefault((account, endpoint), _Share(account, endpoint, limits))

    def _settle(self, share: _Share, wanted: int) -> float:
        """Tells what is over, gives back what is left and takes leave for `wanted` requests or fewer. Returns the seconds to
        wait if there is none.
        """
        if not self._is_ready:
            make_table(self._engine)
            self._is_ready = True
        names = counting(share.endpoint, share.limits)
        holder = f"{self._worker} {share.endpoint}"
        asked_at, wait, given = self.clock(), 0.0, 0
        with locked(self._engine, share.account, names) as (connection, texts, now):
            shared = [SharedGauge(share.limits.get(name, ()), texts.get(name), now) for name in names]
            for one in shared:
                for at, heard in share.over:
                    one.over(holder, now - (asked_at - at), heard)
                for _ in range(share.leave):
                    one.give_back(holder)
            while given < wanted and (wait := max(one.gauge.wait(now) for one in shared)) == 0:
                given += 1
                for one in shared:
                    one.give(holder, 1, now + self._held_seconds)
            if given or share.leave or share.over:
                change = sa.update(paces).where(paces.c.account == share.account, paces.c.endpoint == sa.bindparam("name"))
                rows = [{"name": name, "new": one.text()} for name, one in zip(names, shared, strict=True)]
                connection.execute(change.values(state=sa.bindparam("new")), rows)
        share.leave, share.leave_until, share.over = given, asked_at + _USED_WITHIN_SECONDS, []
        return 0.0 if given else wait


def _portion(endpoint: str, limits: ByEndpoint) -> int:
    """For how many requests to take leave at a time."""
    if _waits_for_answers(endpoint, limits):
        return 1
    narrow = [limit.requests for name in counting(endpoint, limits) for limit in limits.get(name, ()) if isinstance(limit, Window)]
    return max(1, min(narrow, default=1) // _PART_OF_A_WINDOW)


def _waits_for_answers(endpoint: str, limits: ByEndpoint) -> bool:
    return any(isinstance(limit, AtOnce) for name in counting(endpoint, limits) for limit in limits.get(name, ()))
