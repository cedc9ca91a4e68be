"""What the receiver of webhooks remembers between requests: how many each sender may send now, and what was answered lately."""

from __future__ import annotations

from collections import OrderedDict


class Bucket:
    """So many requests a second on average, and so many at once. Full at first. Times: seconds of a clock that only goes forward."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left, self._at = at_once, 0.0

    def take(self, now: float) -> float:
        """Takes one; 0.0, or the seconds until there is one to take again."""
        self._left = min(self._at_once, self._left + max(now - self._at, 0.0) * self._a_second)
        self._at = now
        if self._left < 1.0:
            return (1.0 - self._left) / self._a_second
        self._left -= 1.0
        return 0.0


class Answered:
    """The last requests that were kept, by digest, each with its answer: who sends one again gets the same, and nothing is written twice.
    Lost with the process, which costs a line on disk: what is told twice lands once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[bytes, int] = OrderedDict()

    def get(self, digest: bytes) -> int | None:
        """The status that it was answered with."""
        return self._answers.get(digest)

    def put(self, digest: bytes, status: int) -> None:
        self._answers[digest] = status
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)
