"""A real HTTP server for the sources of APIs: answers as a function says, and stumbles when told to."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request as it came. `raw` is the body before it was read."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    headers: dict[str, str]
    raw: bytes = b""


@dataclass
class Reply:
    """What is answered: bytes as they are, anything else as JSON. headers: besides the usual ones."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


#: 429, 500 …: that status. "cut": half of a body. "drop": the connection closes without an answer. "html": a page instead of JSON.
Fault = int | str | Reply


@dataclass
class Served:
    """A running server. faults: what befalls the next requests, in order (`None`: nothing). asked: all requests so far."""

    url: str
    faults: list[Fault | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[Served]:
    """Serves on a free port of 127.0.0.1 for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            place = urlsplit(self.path)
            is_form = "form" in (self.headers.get("Content-Type") or "")
            content = dict(parse_qsl(raw.decode())) if is_form else json.loads(raw) if raw else None
            asked = Asked(self.command, place.path, dict(parse_qsl(place.query)), content, dict(self.headers), raw)
            with lock:
                served.asked.append(asked)
                fault = served.faults.pop(0) if served.faults else None
                reply = fault if isinstance(fault, Reply) else Reply({"message": "no"}, fault) if isinstance(fault, int) else answer(asked)
            if fault == "drop":
                self.close_connection = True
                self.connection.close()
                return
            body = b"<html>" if fault == "html" else reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response_only(reply.status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if fault == "cut":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - as the standard library names them

        def log_message(self, *_: object) -> None: ...

    lock = threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
