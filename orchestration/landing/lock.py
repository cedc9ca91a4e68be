"""One landing of a table at a time: a lock of the operating system, which ends with the process that holds it, kill -9 included.

Two at once would each take the other's unfinished file for a leftover, and the one that began to read first would take what the other
has just landed for deleted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

#: How long a landing waits for another one, and how often it looks.
PATIENCE_SECONDS = 1800.0
LOOK_SECONDS = 0.05

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


class HeldError(Exception):
    """Another process keeps the lock. holder: its number, "" where it did not say."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"it is held by process {holder or 'unknown'}")
        self.holder = holder


@contextlib.contextmanager
def locked(place: Path, patience: float | None = None) -> Iterator[None]:
    """Holds the lock for the block; who holds it already goes on. patience: seconds to wait. Raises HeldError after that."""
    if place in _held.get():
        yield
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, PATIENCE_SECONDS if patience is None else patience)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        mine = _held.set(_held.get() | {place})
        try:
            yield
        finally:
            _held.reset(mine)
    finally:
        os.close(handle)


def _take(handle: int, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise HeldError(os.pread(handle, 20, 0).decode(errors="replace")) from None
            time.sleep(LOOK_SECONDS)
        else:
            return
