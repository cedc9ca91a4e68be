"""The rate at which the engine delivers to a provider that limits it: claims, ledger and all, one message a request.

    python -m benchmarks.pacing_engine

One worker has its ledger in SQLite; several share one outbox and one ledger in PostgreSQL. The provider, and what `permitted`
and `reached` mean, are those of benchmarks.pacing.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import sqlalchemy as sa

from activations.destination import Ability, Limits, Request, Work
from activations.ledger import Ledger
from activations.ledger.pace import SharedPacer
from activations.messages.engine import deliver
from activations.model import Accepted, Message, Outcome
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import Pacer, Window
from benchmarks.limited_provider import Windows, provide
from benchmarks.postgres import serving

SPAWN = multiprocessing.get_context("spawn")
SHAPES: Sequence[tuple[Windows, int]] = ((((10, 1.0),), 300), (((10, 1.0), (50, 10.0)), 150), (((50, 1.0),), 1_500))
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


class Sms:
    """Takes one message a request, eight at once, and cannot tell a repeat."""

    name = "sms"
    abilities = {Work.MESSAGE: Ability(Limits(rows=1, size_bytes=10_000, concurrency=8), is_repeatable=False)}  # noqa: RUF012

    def __init__(self, port: int, pacer: Pacer, windows: Windows) -> None:
        pace = pacer.of("shop", {"messages": tuple(Window(*window) for window in windows)})
        self._http = Http(f"http://127.0.0.1:{port}", HeaderAuth("x"), {}, connections=8, pace=pace)

    def encode(self, work: Work, row: Any) -> bytes:
        return bytes(row.message_id, "ascii")

    def send(self, request: Request) -> list[Outcome]:
        try:
            self._http.ask("GET", "/", params={"key": request.rows[0].decode()}, endpoint="messages")
        except NoAnswer as nothing:
            return [nothing.outcome]
        return [Accepted(request.rows[0].decode())]


def outbox(requests: int) -> list[Message]:
    return [
        Message(
            f"m{number}", "win_back", f"p{number}", "sms", "sms", f"+4917{number:08d}", "win_back", "marketing", None, "Hi", None, NOW, "1"
        )
        for number in range(requests)
    ]


def work(windows: Windows, requests: int, port: int, database: str, gate: Connection) -> None:
    """One worker process."""
    ledger = Ledger(database)
    pacer = SharedPacer(database) if database.startswith("postgresql") else Pacer()
    messages = outbox(requests)
    gate.send("ready")
    gate.recv()
    gate.send(deliver(messages, {"sms": Sms(port, pacer, windows)}, ledger, lambda: NOW).accepted)
    ledger.close()
    if isinstance(pacer, SharedPacer):
        pacer.close()


def measure(windows: Windows, requests: int, workers: int, database: str) -> str:
    here, there = SPAWN.Pipe()
    provider = SPAWN.Process(target=provide, args=(windows, 0.0, there))
    provider.start()
    port = here.recv()
    gates = [SPAWN.Pipe() for _ in range(workers)]
    crew = [SPAWN.Process(target=work, args=(windows, requests, port, database, gate)) for _, gate in gates]
    for worker in crew:
        worker.start()
    for gate, _ in gates:
        gate.recv()
    for gate, _ in gates:
        gate.send("go")
    accepted = sum(gate.recv() for gate, _ in gates)
    for worker in crew:
        worker.join()
    here.send("how many?")
    times, refused = here.recv()
    provider.join()
    binding, seconds = min(windows, key=lambda window: window[0] / window[1])
    permitted, reached = binding / seconds, (len(times) - binding) / (times[-1] - times[binding - 1])
    names = " + ".join(f"{limit:,}/{length:g} s" for limit, length in windows)
    where = "PostgreSQL" if database.startswith("postgresql") else "SQLite"
    return (
        f"| {names} | {workers} | {where} | {requests:,} | {accepted:,} | {permitted:.2f}/s | {reached:.2f}/s "
        f"| {reached / permitted:.1%} | {refused} |"
    )


def main() -> None:
    print("| windows | workers | ledger | messages | accepted | permitted | reached | share | 429 |\n|---|---|---|---|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryDirectory() as lite,
        serving(folder) as server,
    ):
        root = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        for number, (windows, requests) in enumerate(SHAPES):
            for workers in (1, 2, 4):
                database = f"sqlite:///{lite}/{number}.db"
                if workers > 1:
                    name = f"ledger_{number}_{workers}"
                    with sa.create_engine(root, isolation_level="AUTOCOMMIT").connect() as connection:
                        connection.execute(sa.text(f"create database {name}"))
                    database = root.set(database=name).render_as_string(hide_password=False)
                Ledger(database).close()
                print(measure(windows, requests, workers, database), flush=True)


if __name__ == "__main__":
    main()
