"""Keeps requests within the provider's limits: by account and endpoint, for all threads of this process.

`Pacer` is one per process (`activations.ledger.pace.SharedPacer`: one for several); a destination asks it for the `Pace` of
its account and gives that to its `Http`, which waits for its turn before each request and passes on what each answer says.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from activations.transport.breaker import Breaker
from activations.transport.dialects import Advice
from activations.transport.gauge import Gauge
from activations.transport.windows import AtOnce, Limit, Window

__all__ = ["ACCOUNT", "AtOnce", "ByEndpoint", "Limit", "Pace", "Pacer", "Window"]

ACCOUNT = ""
"""The endpoint whose limits hold for all requests of the account together."""

ByEndpoint = Mapping[str, Sequence[Limit]]
"""By endpoint, named as the destination likes."""

_LOOK_AGAIN_SECONDS = 0.002
_LONGEST_NAP_SECONDS = 0.05


class Pacer:
    """Counts for this process alone. `clock` is monotonic; both in seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.clock = clock
        self.sleep = sleep
        self._lock = threading.Lock()
        self._gauges: dict[tuple[str, str], Gauge] = {}
        self._breakers: dict[str, Breaker] = {}

    def of(self, account: str, limits: ByEndpoint | None = None) -> "Pace":
        """The pace of one account at one provider. `account` is whatever tells accounts apart, a key included: only its hash is kept."""
        key = hashlib.sha256(account.encode()).hexdigest()[:32]
        with self._lock:
            breaker = self._breakers.setdefault(key, Breaker(self.clock))
        return Pace(self, key, limits or {}, breaker)

    def try_to_leave(self, account: str, endpoint: str, limits: ByEndpoint) -> float:
        """0 if a request leaves now; else the seconds after which to ask again, infinite where only an answer can tell."""
        with self._lock:
            gauges = [self._gauge(account, name, limits) for name in counting(endpoint, limits)]
            now = self.clock()
            wait = max(gauge.wait(now) for gauge in gauges)
            if wait == 0:
                for gauge in gauges:
                    gauge.leaves()
            return wait

    def answered(self, account: str, endpoint: str, limits: ByEndpoint, heard: Advice) -> None:
        """A request that left is over, and its answer said this."""
        with self._lock:
            now = self.clock()
            for name in counting(endpoint, limits):
                self._gauge(account, name, limits).answered(now, heard)

    def _gauge(self, account: str, endpoint: str, limits: ByEndpoint) -> Gauge:
        key = (account, endpoint)
        if key not in self._gauges:
            self._gauges[key] = Gauge(limits.get(endpoint, ()))
        return self._gauges[key]


def counting(endpoint: str, limits: ByEndpoint) -> list[str]:
    """The endpoints whose limits a request to this one counts for, always in the same order: the account's, and its own."""
    own = [endpoint] if endpoint in limits or ACCOUNT not in limits else []
    return ([ACCOUNT] if ACCOUNT in limits and endpoint != ACCOUNT else []) + own


class Pace:
    """One account's turn-taking. Safe to use from several threads."""

    def __init__(self, pacer: Pacer, account: str, limits: ByEndpoint, breaker: Breaker) -> None:
        self.breaker = breaker
        self.clock = pacer.clock
        self._pacer = pacer
        self._account = account
        self._limits = limits

    def wait_for_turn(self, endpoint: str, longest_seconds: float) -> float:
        """Waits until a request to `endpoint` may leave; whoever got 0 must call `answered`. If that takes longer than
        `longest_seconds`, comes back as soon as this is clear with the seconds that are still to wait.
        """
        start, nap = self.clock(), _LOOK_AGAIN_SECONDS
        while (wait := self._pacer.try_to_leave(self._account, endpoint, self._limits)) > 0:
            left = start + longest_seconds - self.clock()
            if left <= 0 or left < wait < math.inf:
                return wait if wait < math.inf else nap
            if wait == math.inf:
                wait, nap = nap, min(nap * 1.5, _LONGEST_NAP_SECONDS)
            self._pacer.sleep(min(wait, left))
        return 0.0

    def answered(self, endpoint: str, heard: Advice) -> None:
        """The request is over: its answer is there, or it is certain that none will come."""
        self._pacer.answered(self._account, endpoint, self._limits, heard)
