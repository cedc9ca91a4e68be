"""What tests of alerts share: a receiver of webhooks that listens for real, and the newest incidents of a deployment."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alerts.incidents import Incident
from orchestration.alerts.book import Book
from orchestration.landing import Landing


@dataclass
class Receiver:
    """What came, and what is answered: the statuses in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@contextlib.contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """A server on 127.0.0.1 that takes POSTs."""
    receiver = Receiver(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks/unspeakable-path"
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def incidents(data: Path) -> list[Incident]:
    return Book(Landing(data / "landing")).incidents()


def open_now(data: Path) -> dict[tuple[str, str, str], str]:
    """Step, name and direction of what is open -> its probable cause."""
    return {
        (one.finding.step, one.finding.name, one.finding.direction): one.finding.cause for one in incidents(data) if one.closed_at is None
    }
