"""Faults on demand: the next requests that match are refused, lost, cut or delayed."""

import itertools
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

KINDS = (
    *("429", "500", "503", "reset_before", "reset_after", "slow", "truncated"),
    *("partial", "job_fails", "drop_oversize"),
)


@dataclass
class Fault:
    """One order: `match` is a regular expression for the beginning of "METHOD /path"."""

    id: int
    match: str
    kind: str
    times: int | None  # None: until it is cleared
    seconds: float
    skip: int
    fired: int = 0


class Faults:
    """The orders, oldest first; the first that matches a request is played."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._ids = itertools.count(1)
        self.fired: Counter[str] = Counter()

    def order(self, given: Any) -> dict[str, Any]:
        """Take an order; raises ValueError with what is wrong with it."""
        if not isinstance(given, dict) or set(given) - {"match", "kind", "times", "seconds", "skip"}:
            raise ValueError("an order is an object with match, kind, times, seconds, skip")
        kind, match, times = str(given.get("kind")), given.get("match", ""), given.get("times", 1)
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        try:
            re.compile(match)
        except (re.error, TypeError) as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times must be a positive whole number, or null for ever")
        fault = Fault(next(self._ids), match, kind, times, float(given.get("seconds", 1)), int(given.get("skip", 0)))
        self._orders.append(fault)
        return asdict(fault)

    def listed(self) -> list[dict[str, Any]]:
        """All orders, with how often each was played."""
        return [asdict(fault) for fault in self._orders]

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault to play for a request, or None."""
        for fault in self._orders:
            is_spent = fault.times is not None and fault.fired >= fault.times
            if is_spent or not re.match(fault.match, f"{method} {path}"):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.fired += 1
            self.fired[fault.kind] += 1
            return fault
        return None
