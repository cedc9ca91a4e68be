"""A provider that lets through so many requests, counted in fixed and in sliding windows at once: what either would refuse
is answered by 429. Run in a process of its own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from multiprocessing.connection import Connection

Windows = tuple[tuple[int, float], ...]
"""Requests and seconds."""


class Counting:
    """Counts arrivals; refused ones count as well, as many providers do."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.arrivals: deque[float] = deque()
        self.fixed: Counter[tuple[float, int]] = Counter()
        self.let_through: list[float] = []
        self.refused = 0

    def arrive(self) -> bool:
        now = time.monotonic()
        longest = max(seconds for _, seconds in self.windows)
        while self.arrivals and self.arrivals[0] <= now - longest:
            self.arrivals.popleft()
        self.arrivals.append(now)
        is_within = True
        for requests, seconds in self.windows:
            window = (seconds, int(now / seconds))
            self.fixed[window] += 1
            is_slid = len(self.arrivals) > requests and self.arrivals[-requests - 1] > now - seconds
            is_within = is_within and self.fixed[window] <= requests and not is_slid
        if is_within:
            self.let_through.append(now)
        self.refused += not is_within
        return is_within


class Talk(asyncio.Protocol):
    """One connection, HTTP/1.1 with keep-alive, requests without a body. `way_seconds`: how long a request may be on its way."""

    def __init__(self, counting: Counting, way_seconds: float) -> None:
        self.counting = counting
        self.way_seconds = way_seconds
        self.text = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.text += data
        while b"\r\n\r\n" in self.text:
            _, _, self.text = self.text.partition(b"\r\n\r\n")
            if self.way_seconds:
                asyncio.get_running_loop().call_later(random.random() * self.way_seconds, self.answer)
            else:
                self.answer()

    def answer(self) -> None:
        status = b"200 OK" if self.counting.arrive() else b"429 Too Many Requests"
        self.transport.write(b"HTTP/1.1 %b\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}" % status)


def provide(windows: Windows, way_seconds: float, pipe: Connection) -> None:
    """Sends its port, waits for a word, sends when it let requests through and how many it refused, and ends."""

    async def serve() -> None:
        counting = Counting(windows)
        server = await asyncio.get_running_loop().create_server(lambda: Talk(counting, way_seconds), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        pipe.send((counting.let_through, counting.refused))

    asyncio.run(serve())
