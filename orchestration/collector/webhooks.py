"""POST /webhooks/<name>: what providers tell. Answered 2xx only once it is on disk, and only where it is the provider's own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from activations.webhooks.event import Event, Post, Unread
from activations.webhooks.signatures import Call, ForgedError, StaleError, verify
from orchestration.collector.body import RefusedError, read_body
from orchestration.collector.kept import line_of, understood
from orchestration.collector.receivers import Receiver
from orchestration.collector.recent import Answered, Bucket
from orchestration.collector.spool import Spool, SpoolError

_log = logging.getLogger(__name__)
_SHORT_BYTES = 32_000
_REMEMBERED = 50_000
_SHOWN = 20


@dataclass(frozen=True)
class Limits:
    """A request: its bytes, the seconds its body may take. A provider: its requests a second, and at once; only its own count, so that
    nobody else can use them up. tolerance: seconds between signing and coming, where it is not the vendor's own."""

    body_bytes: int = 2_000_000
    seconds: float = 10.0
    a_second: float = 500.0
    at_once: float = 1_000.0
    tolerance: float | None = None


@dataclass(frozen=True)
class Clocks:
    """now: the deployment's, for when something came in. signed: the world's, as Unix time, which senders sign with. ticks: seconds of a
    clock that only goes forward."""

    now: Callable[[], datetime]
    signed: Callable[[], float]
    ticks: Callable[[], float]


def webhook_routes(spool: Spool, receivers: Mapping[str, Receiver], public_url: str, clocks: Clocks, limits: Limits) -> list[Route]:
    """public_url: where the providers think that they call (scheme, host, maybe a path), since some sign it; `` takes the request's word.

    200 it is kept, or says nothing of a message; 401 not the provider's; 404 not one of the receivers; 405, 408, 413, 415 (see body.py);
    422 nothing in it can be read, but it is kept; 429 too many; 503 cannot be written now. All but 200 may be sent again: what was kept
    before is recognised.
    """
    desks = {name: _Desk(spool, receiver, public_url.rstrip("/"), clocks, limits) for name, receiver in receivers.items()}

    async def receive(request: Request) -> Response:
        desk = desks.get(request.path_params["name"])
        if desk is None:
            return JSONResponse({"error": "nobody's webhooks are taken here"}, status_code=404)
        return await desk.answer(request)

    return [Route(path, receive, methods=["GET", "POST"]) for path in ("/webhooks/{name}", "/webhooks/{name}/{token}")]


class _Desk:
    """Answers the requests of one receiver."""

    def __init__(self, spool: Spool, receiver: Receiver, public_url: str, clocks: Clocks, limits: Limits) -> None:
        self._spool, self._receiver, self._public_url, self._clocks, self._limits = spool, receiver, public_url, clocks, limits
        self._bucket = Bucket(limits.a_second, limits.at_once)
        self._answered = Answered(_REMEMBERED)

    async def answer(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(status_code=200) if self._receiver.scheme.greets else Response(status_code=405, headers={"Allow": "POST"})
        try:
            body = await self._body(request)
            self._prove(request, body)
            return await self._keep(request, body)
        except RefusedError as refused:
            return self._refused(refused.status, str(refused), str(refused.status))
        except (ForgedError, StaleError) as refused:
            return self._refused(401, str(refused), "forged" if isinstance(refused, ForgedError) else "stale")
        except SpoolError:
            return self._refused(503, "it cannot be written to disk now: send it again later", "503", {"Retry-After": "5"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    async def _body(self, request: Request) -> bytes:
        if not self._receiver.scheme.takes(request.headers.get("content-type", "")):
            raise RefusedError(415, f"the content type must be {' or '.join(self._receiver.scheme.content_types)}")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise RefusedError(415, "signatures are of plain bodies: send it unpacked")
        return await read_body(request, longest=self._limits.body_bytes, seconds=self._limits.seconds)

    def _prove(self, request: Request, body: bytes) -> None:
        path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
        base = self._public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
        call = Call(request.method, f"{base}{path}{'?' if query else ''}{query}", request.headers, body)
        scheme = self._receiver.scheme
        tolerance = scheme.tolerance if self._limits.tolerance is None else self._limits.tolerance
        verify(scheme.check, call, self._receiver.secrets, self._clocks.signed(), tolerance)

    async def _keep(self, request: Request, body: bytes) -> Response:
        wait = self._bucket.take(self._clocks.ticks())
        if wait:
            return self._refused(429, "too many requests", "429", {"Retry-After": str(math.ceil(wait))})
        content_type, query = request.headers.get("content-type", ""), request.scope["query_string"].decode("latin-1")
        digest = hashlib.sha256(f"{content_type}\0{query}\0".encode() + body).digest()
        status = self._answered.get(digest)
        if status is not None:
            self._receiver.told["repeated"] += 1
            return JSONResponse({"repeated": True}, status_code=status)
        post = Post(body, content_type, query, self._clocks.now())
        # a long body must not keep the others waiting, and a short one is not worth a thread
        reader = self._receiver.vendor
        found = understood(post, reader) if len(body) <= _SHORT_BYTES else await asyncio.to_thread(understood, post, reader)
        unread = [one for one in found if isinstance(one, Unread)]
        accepted = sum(isinstance(one, Event) for one in found)
        if unread or accepted:
            await self._spool.keep(line_of(self._receiver.name, post))
        status = 422 if unread and not accepted else 200
        self._answered.put(digest, status)
        self._receiver.told["kept" if accepted else "unread" if unread else "empty"] += 1
        errors = [{"index": max(one.place, 0), "error": one.why} for one in unread[:_SHOWN]]
        told: dict[str, Any] = {"accepted": accepted, "unread": len(unread), **({"errors": errors} if errors else {})}
        return JSONResponse(told, status_code=status)

    def _refused(self, status: int, text: str, reason: str, headers: dict[str, str] | None = None) -> Response:
        told = self._receiver.told
        told[reason] += 1
        if math.log10(told[reason]).is_integer():  # the first, the tenth, the hundredth: no stranger fills the log
            _log.warning("webhooks of %s: %d refused with %d: %s", self._receiver.name, told[reason], status, text)
        return JSONResponse({"error": text}, status_code=status, headers=headers)
