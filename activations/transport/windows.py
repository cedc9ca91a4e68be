"""How many requests a provider lets through within a time, and how they are counted here so that it never counts more.

When a request is counted at the provider nobody here can see: some time after it left and before its answer came. So a
request takes its place in a window from the moment it leaves until one window's length after its answer. Whatever two
requests did on their way, if the second left a window's length after the first one's answer, they arrived at least that
far apart. Hence no window of that length at the provider, wherever it starts, ever holds more requests than allowed:
fixed and sliding windows both, and any jitter. The price is the time of an answer in each window: at answers of 100 ms a
window of a second keeps 91 % of its rate, a window of a minute 99.8 %.
"""

import math
from collections import deque
from dataclasses import dataclass

_CLOCKS_DIFFER_BY = 0.001  # of a second in a second; clocks that are being put right run that much too fast or slow
_SHORTEST_MARGIN_SECONDS = 0.001
_STEPS = 256  # answers are noted to this part of a window, rounded up, so that an hour of them takes no more memory than a second


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many requests within so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AtOnce:
    """At most so many requests under way."""

    requests: int


Limit = Window | AtOnce


class Used:
    """The places of a window that are taken by answered requests."""

    def __init__(self, window: Window) -> None:
        self.requests = window.requests
        self.span = window.seconds * (1 + _CLOCKS_DIFFER_BY) + _SHORTEST_MARGIN_SECONDS
        self._step = window.seconds / _STEPS
        self.until: deque[tuple[float, int]] = deque()
        """Until when, and how many; in order."""
        self.count = 0

    def answered(self, at: float, requests: int) -> None:
        self.take(at + self.span, requests)

    def take(self, until: float, requests: int) -> None:
        until = math.ceil(until / self._step) * self._step
        later = []
        while self.until and self.until[-1][0] > until:
            later.append(self.until.pop())
        if self.until and self.until[-1][0] == until:
            requests_then = self.until.pop()[1]
            self.until.append((until, requests_then + requests))
        else:
            self.until.append((until, requests))
        self.until.extend(reversed(later))
        self.count += requests

    def wait(self, now: float, under_way: int) -> float:
        """Seconds until there is a place; infinite where only an answer can make one."""
        while self.until and self.until[0][0] <= now:
            self.count -= self.until.popleft()[1]
        missing = under_way + self.count + 1 - self.requests
        for until, requests in self.until:
            if missing <= 0:
                break
            missing -= requests
            if missing <= 0:
                return until - now
        return 0.0 if missing <= 0 else math.inf
