"""Messages, a destination in memory and a server that answers with given bytes, for the tests of delivery."""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from activations.destination import Ability, Found, Limits, Request, Work
from activations.model import Accepted, Message, Outcome
from activations.transport.patience import Patience

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def message(number: int, destination: str = "mail", **changes: object) -> Message:
    fields: dict[str, object] = {
        "message_id": f"{destination}-{number:04d}",
        "campaign": "cart_abandoned",
        "profile_id": f"p{number}",
        "channel": "email",
        "destination": destination,
        "address": f"ann{number}@example.com",
        "message": "cart_abandoned",
        "purpose": "marketing",
        "subject": "Your cart",
        "body": f"Hello {number}",
        "first_name": "Ann",
        "occurred_at": NOW,
        "occasion": str(number),
    }
    return Message(**fields | changes)  # type: ignore[arg-type]


class Waits(list[float]):
    """A sleep that does not sleep."""

    def patience(self, **changes: object) -> Patience:
        return Patience(sleep=self.append, **changes)  # type: ignore[arg-type]


Reply = Callable[[Sequence[bytes]], list[Outcome]]


class Shelf:
    """A provider in memory. `script` holds what the next requests do; after it, everything is accepted. `inbox` is what it really has."""

    def __init__(self, name: str = "mail", *, rows: int = 10, concurrency: int = 1, is_idempotent: bool = True) -> None:
        self.name = name
        self.abilities = {Work.MESSAGE: Ability(Limits(rows=rows, size_bytes=1_000_000, concurrency=concurrency), is_idempotent)}
        self.is_idempotent = is_idempotent
        self.inbox: list[str] = []
        self.requests: list[list[str]] = []
        self.script: list[Reply] = []

    def encode(self, work: Work, message: Message) -> bytes:
        return message.message_id.encode()

    def send(self, request: Request) -> list[Outcome]:
        rows = request.rows
        self.requests.append([row.decode() for row in rows])
        return self.script.pop(0)(rows) if self.script else self.take(rows)

    def take(self, rows: Sequence[bytes]) -> list[Outcome]:
        for row in rows:
            if not self.is_idempotent or row.decode() not in self.inbox:
                self.inbox.append(row.decode())
        return [Accepted(f"ref-{row.decode()}") for row in rows]

    def always(self, outcome: Outcome, times: int = 1) -> None:
        self.script += [lambda rows: [outcome] * len(rows)] * times

    def applied_but(self, outcome: Outcome) -> None:
        """The request arrives, its answer does not."""
        self.script.append(lambda rows: self.take(rows) and [outcome] * len(rows))


class AskableShelf(Shelf):
    """One that can be asked, as Twilio can: it finds by text, and texts here are message_ids."""

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        return [Found(f"ref-{key}", NOW) for key in self.inbox if key == message.message_id]


def read_request(connection: socket.socket) -> None:
    """Reads one request to its end, which may come in pieces."""
    text = b""
    while b"\r\n\r\n" not in text and (piece := connection.recv(65536)):
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    while len(body) < (int(length[1]) if length else 0) and (piece := connection.recv(65536)):
        body += piece


@contextmanager
def answering(*answers: bytes | None) -> Iterator[str]:
    """A server on 127.0.0.1 that gives one answer per connection and closes; None resets the connection after reading the request."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                read_request(connection)
                if answer is None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                else:
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
