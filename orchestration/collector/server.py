"""The collector as a server on one address, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from orchestration.collector.app import Limits, build, events_route
from orchestration.collector.spool import Spool

#: A shorter one can be guessed.
SHORTEST_TOKEN = 16
_MOST_CONNECTIONS = 1_000


def collector(collected: Path, token: str, now: Callable[[], datetime], limits: Limits = Limits()) -> ASGIApp:  # noqa: B008 (frozen)
    """The application with all its receivers, keeping what it gets below the folder `collected`. Raises ValueError for a weak token."""
    if len(token) < SHORTEST_TOKEN:
        raise ValueError(f"COLLECTOR_TOKEN must have at least {SHORTEST_TOKEN} characters: senders prove themselves with it")
    events = Spool(collected / "events")
    return build([events], [events_route(events, token, now, limits)], limits.spare_bytes)


def serve(app: ASGIApp, host: str, port: int, announce: Callable[[str], object]) -> None:
    """Answers on host:port (0: a free one) in the foreground; `announce` gets the address once it listens. Writes no access log:
    what people did is not for logs. Raises OSError when the address is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)  # who connects from now on waits until the application is up
        announce(f"http://{host}:{listener.getsockname()[1]}")
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="on",
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=10,
        )
        uvicorn.Server(config).run(sockets=[listener])
