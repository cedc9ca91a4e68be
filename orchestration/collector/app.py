"""The collector as a web application: POST /events, GET /health, and room for more receivers beside them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from orchestration.collector.body import RefusedError, check_token, read_body
from orchestration.collector.schema import fault_of
from orchestration.collector.spool import Spool, SpoolError

_SHORT = 50


@dataclass(frozen=True)
class Limits:
    """A request: its bytes, its events, the seconds its body may take. spare_bytes: with less free on the disk /health says 503."""

    body_bytes: int = 1_000_000
    events: int = 2_000
    seconds: float = 10.0
    spare_bytes: int = 100_000_000


def build(
    spools: Sequence[Spool],
    routes: Sequence[BaseRoute],
    spare_bytes: int = Limits.spare_bytes,
    told: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> Starlette:
    """The application over its spools, which write for as long as it runs. routes: what it receives besides GET /health. told: what each
    receiver counted so far, for /health."""

    @contextlib.asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for spool in spools:
                await stack.enter_async_context(spool.running())
            yield

    async def health(_: Request) -> Response:
        try:
            free = min(shutil.disk_usage(spool.folder).free for spool in spools)
        except OSError:
            return JSONResponse({"status": "the folder cannot be read"}, status_code=503)
        if free < spare_bytes:
            return JSONResponse({"status": "the disk is nearly full"}, status_code=503)
        return JSONResponse({"status": "ok", **({"webhooks": told} if told else {})})

    return Starlette(routes=[Route("/health", health), *routes], lifespan=running)


def events_route(spool: Spool, token: str, now: Callable[[], datetime], limits: Limits) -> Route:
    """POST /events: one event or a list of them.

    202 all are kept, 207 some are kept and the others told, 422 none is right, 400 no JSON, 401, 408, 413, 415 (see body.py),
    503 cannot be written now. `errors` names each event that was not taken by its place in the list, with field and fault.
    Whatever is not 2xx may be sent again: events are known by their event_id.
    """

    async def events(request: Request) -> Response:
        try:
            check_token(request, token)
            body = await read_body(request, longest=limits.body_bytes, seconds=limits.seconds)
            given = _listed(body, limits.events)
            # a long list must not keep the others waiting, and a short one is not worth a thread
            lines, errors = _checked(given, now()) if len(given) <= _SHORT else await run_in_threadpool(_checked, given, now())
            if lines:
                await spool.keep(lines)
        except RefusedError as refused:
            return _refusal(refused.status, str(refused))
        except SpoolError:
            return _refusal(503, "it cannot be written to disk now: send it again later", {"Retry-After": "5"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        accepted = len(given) - len(errors)
        status = 202 if not errors else 207 if accepted else 422
        return JSONResponse({"accepted": accepted, "refused": len(errors), "errors": errors}, status_code=status)

    return Route("/events", events, methods=["POST"])


def _listed(body: bytes, most: int) -> list[Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, f"the body is no JSON (line {error.lineno}, column {error.colno})") from None
    events = given if isinstance(given, list) else [given]
    if not events:
        raise RefusedError(400, "the list is empty")
    if len(events) > most:
        raise RefusedError(413, f"more than {most} events: send fewer at a time")
    return events


def _checked(events: list[Any], now: datetime) -> tuple[bytes, list[dict[str, Any]]]:
    """The good events as lines, and what is wrong with the others."""
    lines: list[bytes] = []
    errors: list[dict[str, Any]] = []
    for place, event in enumerate(events):
        fault = fault_of(event, now)
        if fault is None:
            try:
                lines.append(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
            except orjson.JSONEncodeError:
                fault = {"field": "properties", "error": "must not be nested so deeply"}
        if fault is not None:
            errors.append({"index": place, **fault})
    return b"".join(lines), errors


def _refusal(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse({"error": text}, status_code=status, headers={**challenge, **(headers or {})})
