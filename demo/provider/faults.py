"""Faults on demand: the next requests that match are refused, lost, cut, delayed or answered with something else.

A kind says what happens:

- refused, nothing applied: 429 in each dialect (see `throttling`), 500, 502, 503, 504; reset_before; page (200 and some page, as of
  a proxy on the way)
- applied, and the answer lost or spoilt: reset_after, slow (by `seconds`), truncated, not_json (200 and some page), empty (nothing in it)
- accepted, and something else done: partial (every third row fails), job_fails, job_hangs (never ends; both apply nothing),
  drop_oversize (over `bytes`: nothing applied and nobody told)
- callbacks, matched as "CALLBACK /twilio" (or /klaviyo, /sendgrid): callback_twice, callback_late (after those that follow it)
"""

import itertools
import re
from collections import Counter
from dataclasses import asdict, dataclass
from email.utils import formatdate
from math import ceil
from typing import Any

REFUSED = ("500", "502", "503", "504")
THROTTLED = ("429", "429_date", "429_epoch", "429_left", "429_milliseconds", "429_bare")
SPOILT = ("reset_after", "slow", "truncated", "not_json", "empty")
OTHERWISE = ("partial", "job_fails", "job_hangs", "drop_oversize")
CALLBACKS = ("callback_twice", "callback_late")
BEFORE = ("reset_before", "page")
KINDS = (*THROTTLED, *REFUSED, *BEFORE, *SPOILT, *OTHERWISE, *CALLBACKS)
_FIELDS = {"match", "kind", "times", "seconds", "skip", "bytes", "account"}


@dataclass
class Fault:
    """One order: `match` is a regular expression for the beginning of "METHOD /path", `account` how the key, or Twilio's account, ends."""

    id: int
    match: str
    kind: str
    times: int | None  # None: until it is cleared
    seconds: float
    skip: int
    bytes: int = 32_000
    account: str = ""
    fired: int = 0


def throttling(kind: str, seconds: float, now: float) -> dict[str, str]:
    """The headers of a 429 that asks for a pause, in each dialect that vendors have; `now` in seconds since 1970."""
    left, reset = str(int(seconds)), str(ceil(now + seconds))
    return {
        "429": {"Retry-After": left},
        "429_date": {"Retry-After": formatdate(ceil(now + seconds), usegmt=True)},
        "429_epoch": {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset},
        "429_left": {"x-sib-ratelimit-limit": "100", "x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": left},
        "429_milliseconds": {
            "X-HubSpot-RateLimit-Max": "100",
            "X-HubSpot-RateLimit-Remaining": "0",
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(seconds * 1000)),
        },
        "429_bare": {},
    }[kind]


def wish(kind: str, seconds: float) -> float:
    """For how many seconds a 429 asks to be left alone, at the least."""
    return {"429": int(seconds), "429_left": int(seconds), "429_bare": 0}.get(kind, seconds)


class Faults:
    """The orders, oldest first; the first that matches a request is played."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._ids = itertools.count(1)
        self.fired: Counter[str] = Counter()

    def order(self, given: Any) -> dict[str, Any]:
        """Take an order; raises ValueError with what is wrong with it."""
        if not isinstance(given, dict) or set(given) - _FIELDS:
            raise ValueError(f"an order is an object with {', '.join(sorted(_FIELDS))}")
        kind, match, times = str(given.get("kind")), given.get("match", ""), given.get("times", 1)
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        try:
            re.compile(match)
        except (re.error, TypeError) as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times must be a positive whole number, or null for ever")
        numbers = float(given.get("seconds", 1)), int(given.get("skip", 0)), int(given.get("bytes", 32_000))
        fault = Fault(next(self._ids), match, kind, times, *numbers, account=str(given.get("account", "")))
        self._orders.append(fault)
        return asdict(fault)

    def listed(self) -> list[dict[str, Any]]:
        """All orders, with how often each was played."""
        return [asdict(fault) for fault in self._orders]

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()

    def take(self, method: str, path: str, account: bytes = b"") -> Fault | None:
        """The fault to play for a request, or for a callback (method CALLBACK), or None."""
        for fault in self._orders:
            is_spent = fault.times is not None and fault.fired >= fault.times
            is_other = (fault.kind in CALLBACKS) != (method == "CALLBACK")
            is_other = is_other or not account.endswith(fault.account.encode())
            if is_spent or is_other or not re.match(fault.match, f"{method} {path}"):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.fired += 1
            self.fired[fault.kind] += 1
            return fault
        return None
