"""The provider's time: the demo's fixed day where there is one, else the wall clock; never the same instant twice."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Instants handed out before a restart are continued only when they belong to the same day's clock.
_SAME_CLOCK_US = 3_600_000_000


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def iso(seconds: int) -> str:
    """Whole seconds since 1970 as Klaviyo writes them: 2026-06-30T09:00:05+00:00."""
    return (EPOCH + timedelta(seconds=seconds)).isoformat()


def wall_us() -> int:
    """The machine's time in microseconds since 1970: the outside world has a clock of its own."""
    return time.time_ns() // 1000


class Clock:
    """Strictly increasing time. `clock.json` is read again when it changed, so a day can pass while it runs."""

    def __init__(self, file: Path, wall: Callable[[], int] = wall_us, last_us: int = 0) -> None:
        self._file = file
        self._wall = wall
        self._last_us = last_us
        self._seen: tuple[int, int] | None = None
        self._as_of_us: int | None = None

    def now_us(self, count: int = 1) -> int:
        """The next instant, in microseconds since 1970; with `count`, the first of so many that follow each other."""
        self._refresh()
        base = self._wall() if self._as_of_us is None else self._as_of_us
        continues = base <= self._last_us < base + _SAME_CLOCK_US
        first = self._last_us + 1 if continues else base
        self._last_us = first + count - 1
        return first

    def _refresh(self) -> None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self._seen, self._as_of_us = None, None
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp == self._seen:
            return
        try:
            as_of = datetime.fromisoformat(json.loads(self._file.read_text())["as_of"])
        except (ValueError, KeyError):
            return  # caught in the middle of a write: the next call reads it
        self._as_of_us = to_us(as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
        self._seen = stamp
