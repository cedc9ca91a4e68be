"""The collector as a server on one address, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.routing import Route
from starlette.types import ASGIApp

from orchestration.collector.app import Limits, build, events_route
from orchestration.collector.receivers import Receiver
from orchestration.collector.spool import Spool
from orchestration.collector.webhooks import Clocks, webhook_routes
from orchestration.collector.webhooks import Limits as WebhookLimits

#: A shorter one can be guessed.
SHORTEST_TOKEN = 16
_MOST_CONNECTIONS = 1_000


@dataclass(frozen=True)
class Webhooks:
    """Whose webhooks are taken, and the address where the providers think that they call; see webhooks.py."""

    receivers: Mapping[str, Receiver]
    public_url: str
    clocks: Clocks
    limits: WebhookLimits = WebhookLimits()  # noqa: RUF009 (frozen)


def collector(
    collected: Path,
    token: str,
    now: Callable[[], datetime],
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    webhooks: Webhooks | None = None,
) -> ASGIApp:
    """The application with all its receivers, keeping what it gets below the folder `collected`. Without a token it takes no events, where
    it has webhooks to take. Raises ValueError for a weak token."""
    takes_webhooks = webhooks is not None and bool(webhooks.receivers)
    if len(token) < SHORTEST_TOKEN and (token or not takes_webhooks):
        raise ValueError(f"COLLECTOR_TOKEN must have at least {SHORTEST_TOKEN} characters: senders prove themselves with it")
    spools: list[Spool] = []
    routes: list[Route] = []
    told = {}
    if token:
        spools.append(Spool(collected / "events"))
        routes.append(events_route(spools[0], token, now, limits))
    if webhooks is not None and takes_webhooks:
        spools.append(Spool(collected / "webhooks"))
        routes += webhook_routes(spools[-1], webhooks.receivers, webhooks.public_url, webhooks.clocks, webhooks.limits)
        told = {name: receiver.told for name, receiver in webhooks.receivers.items()}
    return build(spools, routes, limits.spare_bytes, told)


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
