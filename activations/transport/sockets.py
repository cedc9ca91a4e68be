"""Sockets whose reads and writes end with their request's time, and that know whether anything of a request was handed over.

The timeout of `requests` is the time between two bytes: a provider that trickles keeps a request alive for ever. Here every
read and write has what is left until the request's deadline. And since only a socket knows whether it took a byte, "surely
not sent" is read from it and not guessed from the kind of error.
"""

import io
import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Exchange:
    """One request and its answer. `deadline` is a time of `clock`."""

    clock: Callable[[], float]
    deadline: float
    has_left: bool = False
    """Whether a socket took any byte of the request. False: it was surely not sent."""

    @property
    def seconds_left(self) -> float:
        return self.deadline - self.clock()


_NONE = Exchange(time.monotonic, math.inf)
CURRENT: ContextVar[Exchange] = ContextVar("exchange", default=_NONE)
"""The exchange of this thread; without one, there is all the time of the world."""


_NO_LONGER_THAN: ContextVar[Callable[[], float]] = ContextVar("no_longer_than", default=lambda: math.inf)


@contextmanager
def no_longer_than(seconds_left: Callable[[], float]) -> Iterator[None]:
    """What this thread asks in here is over within the time that `seconds_left` says when it is its turn to leave, and does not
    leave if none is left: for rows that are ours for a while only.
    """
    token = _NO_LONGER_THAN.set(seconds_left)
    try:
        yield
    finally:
        _NO_LONGER_THAN.reset(token)


@contextmanager
def exchange(clock: Callable[[], float], within_seconds: float) -> Iterator[Exchange]:
    """What this thread asks in here is over, one way or the other, within that time."""
    this = Exchange(clock, clock() + min(within_seconds, _NO_LONGER_THAN.get()()))
    token = CURRENT.set(this)
    try:
        yield this
    finally:
        CURRENT.reset(token)


class TimedSocket:
    """A connected socket whose reads and writes end with the current exchange."""

    def __init__(self, connected: Any) -> None:
        self._socket = connected
        self._timeout: float | None = connected.gettimeout()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def fileno(self) -> int:
        return int(self._socket.fileno())

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        self._socket.settimeout(seconds)

    def hurry(self) -> None:
        """Leaves the next read or write no more time than there is. Raises TimeoutError where there is none."""
        left = CURRENT.get().seconds_left
        if left <= 0:
            raise TimeoutError("the request's time is over")
        times = [seconds for seconds in (self._timeout, left) if seconds is not None and seconds < math.inf]
        self._socket.settimeout(min(times, default=None))

    def sendall(self, data: Any, flags: int = 0) -> None:
        with memoryview(data) as view, view.cast("B") as rest:
            sent = 0
            while sent < len(rest):
                self.hurry()
                sent += self._socket.send(rest[sent : sent + 65_536])
                CURRENT.get().has_left = True

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self, self._socket.makefile("rb", buffering=0)))


class _Incoming(io.RawIOBase):
    def __init__(self, owner: TimedSocket, bytes_in: socket.SocketIO) -> None:
        self._owner = owner
        self._bytes_in = bytes_in

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._owner.hurry()
        return self._bytes_in.readinto(buffer)

    def close(self) -> None:
        self._bytes_in.close()
        super().close()
