"""The vendor's limits, counted in fixed windows of one second and one minute per endpoint, and who went beyond them."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from demo.provider.options import Limits


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of Klaviyo: how it is named in the statistics, its limits per second and minute, is it in bulk."""

    method: str
    path: str
    per_second: int
    per_minute: int
    is_bulk: bool = False

    @property
    def name(self) -> str:
        """METHOD and path, as the specification writes them."""
        return f"{self.method} {self.path}"


# `x-klaviyo-ratelimit` of each operation, revision 2026-07-15.
ENDPOINTS = (
    Endpoint("POST", "/api/profile-bulk-import-jobs", 10, 150, True),
    Endpoint("GET", "/api/profile-bulk-import-jobs/{id}", 10, 150),
    Endpoint("GET", "/api/profile-bulk-import-jobs/{id}/import-errors", 10, 150),
    Endpoint("GET", "/api/profiles", 75, 750),
    Endpoint("GET", "/api/lists", 75, 750),
    Endpoint("POST", "/api/lists", 10, 150),
    Endpoint("GET", "/api/lists/{id}/profiles", 75, 750),
    Endpoint("POST", "/api/lists/{id}/relationships/profiles", 10, 150, True),
    Endpoint("DELETE", "/api/lists/{id}/relationships/profiles", 10, 150, True),
    Endpoint("POST", "/api/events", 350, 3500),
    Endpoint("GET", "/api/events", 350, 3500),
    Endpoint("POST", "/api/event-bulk-create-jobs", 10, 150, True),
    Endpoint("GET", "/api/metrics", 10, 150),
    Endpoint("POST", "/api/profile-suppression-bulk-create-jobs", 75, 750),
)
_BY_PATTERN = [(endpoint.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", endpoint.path) + "/?"), endpoint) for endpoint in ENDPOINTS]
_TWILIO = re.compile(r"/2010-04-01/Accounts/[^/]+/Messages(/[^/]+)?\.json")


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """Klaviyo's endpoint that a request goes to, or None."""
    for its_method, pattern, endpoint in _BY_PATTERN:
        if its_method == method and pattern.fullmatch(path):
            return endpoint
    return None


def name_of(method: str, path: str) -> str:
    """A request's name in the statistics: identifiers are left out, so that names stay few."""
    endpoint = endpoint_of(method, path)
    if endpoint is not None:
        return endpoint.name
    match = _TWILIO.fullmatch(path)
    if match is not None:
        return f"{method} /2010-04-01/Accounts/{{sid}}/Messages{'/{sid}' if match[1] else ''}.json"
    return f"{method} {path}" if path in ("/", "/healthz", "/_stats", "/_faults") else f"{method} other"


@dataclass(frozen=True)
class Verdict:
    """`wait_seconds` is None when the request may pass; `headers` are the limit headers of its answer."""

    wait_seconds: int | None
    headers: dict[str, str]


class Windows:
    """Counts requests in the current second and minute of a monotonic clock (seconds)."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}
        self.violations: Counter[str] = Counter()
        self.limited: Counter[str] = Counter()

    def enter(self, endpoint: Endpoint) -> Verdict:
        """Count one request and say whether it may pass."""
        now = self._monotonic()
        in_second, in_minute = (self._add(endpoint.name, length, now) for length in (1, 60))
        over_second, over_minute = in_second > endpoint.per_second, in_minute > endpoint.per_minute
        self.violations[endpoint.name] += over_second
        to_next_minute = 60 - int(now % 60)
        is_limited = over_second and (self._limits == "all" or (self._limits == "bulk" and endpoint.is_bulk))
        if self._limits == "all" and over_minute:
            self.limited[endpoint.name] += 1
            return Verdict(to_next_minute, {"Retry-After": str(to_next_minute)})
        if is_limited:
            self.limited[endpoint.name] += 1
            return Verdict(1, {"Retry-After": "1"})
        remaining = max(endpoint.per_minute - in_minute, 0)
        headers = {
            "RateLimit-Limit": endpoint.per_minute,
            "RateLimit-Remaining": remaining,
            "RateLimit-Reset": to_next_minute,
        }
        return Verdict(None, {name: str(value) for name, value in headers.items()})

    def _add(self, name: str, length: int, now: float) -> int:
        window = int(now // length)
        last, count = self._counts.get((name, length), (window, 0))
        count = count + 1 if last == window else 1
        self._counts[name, length] = (window, count)
        return count
