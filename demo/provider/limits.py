"""The vendors' limits, counted per account and endpoint in fixed and in sliding windows, and who went beyond them or came too soon."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from demo.provider.endpoints import Endpoint, Window
from demo.provider.options import Options

_ON_THE_WAY_SECONDS = 0.5
"""Who sent a request before the answer to another reached it did not know better."""


@dataclass(frozen=True)
class Verdict:
    """`wait_seconds` is None when the request may pass; `headers` are the limit headers of its answer."""

    wait_seconds: int | None
    headers: dict[str, str]


class Windows:
    """Counts requests on a monotonic clock (seconds), and tells each vendor's answers their limit headers."""

    def __init__(self, options: Options, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._limits = options.limits
        self._monotonic = monotonic
        self._wall = wall
        self._counts: dict[tuple[bytes, str, Window], tuple[int, int]] = {}
        self._times: dict[tuple[bytes, str, Window], deque[float]] = {}
        self._closed: dict[tuple[bytes, str], tuple[float, float]] = {}
        self._under_way: Counter[tuple[bytes, str]] = Counter()
        self.violations: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.limited: Counter[str] = Counter()
        self.impatient: Counter[str] = Counter()

    def enter(self, account: bytes, endpoint: Endpoint) -> Verdict:
        """Count one request, refused or not, and say whether it may pass. `leave` is called when it is answered."""
        now, name = self._monotonic(), endpoint.name
        self._under_way[account, name] += 1
        if endpoint.concurrency is not None and self._under_way[account, name] > endpoint.concurrency:
            self.violations[name]["concurrency"] += 1
        since, until = self._closed.get((account, name), (now, now))
        if since + _ON_THE_WAY_SECONDS < now < until:
            self.impatient[name] += 1
        counts = [self._count((account, name, window), now) for window in endpoint.windows]
        over = [window for window, count in zip(endpoint.windows, counts, strict=True) if count > window.requests]
        is_enforced = self._limits == "all" or (self._limits == "bulk" and endpoint.is_bulk and over[:1] == [endpoint.windows[0]])
        if over:
            self.violations[name]["fixed"] += 1
        longest = over[-1] if over and self._limits == "all" else endpoint.windows[0] if over else endpoint.windows[-1]
        wait = max(1, int(longest.seconds - now % longest.seconds))
        is_limited = bool(over) and is_enforced
        if is_limited:
            self.limited[name] += 1
            self.close(account, name, wait)
        left = 0 if over else endpoint.windows[-1].requests - counts[-1]
        return Verdict(wait if is_limited else None, self._headers(endpoint, wait, left, is_limited=is_limited))

    def close(self, account: bytes, name: str, seconds: float) -> None:
        """An account was told to leave an endpoint alone for so long: whoever comes sooner is counted in `impatient`."""
        now = self._monotonic()
        self._closed[account, name] = (now, now + seconds)

    def leave(self, account: bytes, endpoint: Endpoint) -> None:
        """One request has its answer."""
        self._under_way[account, endpoint.name] -= 1

    def _headers(self, endpoint: Endpoint, wait: int, left: int, *, is_limited: bool) -> dict[str, str]:
        most = endpoint.windows[-1].requests
        if endpoint.vendor == "klaviyo":
            told: dict[str, object] = {"RateLimit-Limit": most, "RateLimit-Remaining": left, "RateLimit-Reset": wait}
            return {"Retry-After": str(wait)} if is_limited else {key: str(value) for key, value in told.items()}
        if endpoint.vendor == "sendgrid":
            reset = int(self._wall()) + wait
            return {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(reset)}
        return {}

    def _count(self, key: tuple[bytes, str, Window], now: float) -> int:
        window = key[2]
        place = int(now // window.seconds)
        last, count = self._counts.get(key, (place, 0))
        count = count + 1 if last == place else 1
        self._counts[key] = (place, count)
        times = self._times.setdefault(key, deque(maxlen=window.requests))
        if len(times) == window.requests and now - times[0] < window.seconds:
            self.violations[key[1]]["sliding"] += 1
        times.append(now)
        return count
