"""The gate before the endpoints: it counts requests, keeps the limits and plays the faults that were ordered."""

import asyncio
import struct
from collections import Counter, defaultdict
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.provider import twilio_dialect
from demo.provider.answers import KlaviyoError, error_answer
from demo.provider.context import FAULT
from demo.provider.faults import Fault, Faults
from demo.provider.limits import Windows, endpoint_of, name_of

_NUMBERS = {
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
    503: (20503, "Service Unavailable"),
}
_CODES = {429: "throttled", 500: "error", 503: "service_unavailable"}


class Gate:
    """An ASGI app around the endpoints."""

    def __init__(self, app: ASGIApp, windows: Windows, faults: Faults) -> None:
        self._app = app
        self._windows = windows
        self._faults = faults
        self.requests: Counter[str] = Counter()
        self.answers: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        name = name_of(method, path)
        self.requests[name] += 1
        endpoint, headers = endpoint_of(method, path), dict[str, str]()
        if endpoint is not None:
            verdict = self._windows.enter(endpoint)
            headers = verdict.headers
            if verdict.wait_seconds is not None:
                self.answers[name]["429"] += 1
                await _refusal(path, 429, headers)(scope, receive, send)
                return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answers[name][str(message["status"])] += 1
                MutableHeaders(scope=message).update(headers)
            await send(message)

        fault = None if path.startswith("/_") else self._faults.take(method, path)
        if fault is None:
            await self._app(scope, receive, counted)
        else:
            await self._play(fault, scope, receive, send, counted)

    async def _play(self, fault: Fault, scope: Scope, receive: Receive, send: Send, counted: Send) -> None:
        if fault.kind in _REFUSED:
            status = int(fault.kind)
            headers = {"Retry-After": str(int(fault.seconds))} if status == 429 else {}
            self.answers[name_of(scope["method"], scope["path"])][fault.kind] += 1
            await _refusal(scope["path"], status, headers)(scope, receive, send)
            return
        if fault.kind == "reset_before":
            await Request(scope, receive).body()
            await _reset(receive, send)
            return
        scope[FAULT] = fault.kind
        if fault.kind in ("partial", "job_fails", "drop_oversize"):
            await self._app(scope, receive, counted)
            return
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, collect)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "truncated":
            await _send_half(answer, send)
        if fault.kind in ("truncated", "reset_after"):
            await _reset(receive, send, at_once=fault.kind == "reset_after")
            return
        for message in answer:
            await counted(message)


_REFUSED = {"429", "500", "503"}


def _refusal(path: str, status: int, headers: dict[str, str]) -> Response:
    """A refusal in the dialect of the vendor whose path it is."""
    if path.startswith("/2010-04-01"):
        return twilio_dialect.error_answer(twilio_dialect.TwilioError(status, *_NUMBERS[status]), headers)
    detail = {429: "Request was throttled.", 500: "Something went wrong.", 503: "Try again later."}[status]
    return error_answer(KlaviyoError(status, _CODES[status], detail, pointer="/data/"), headers)


async def _send_half(answer: list[Message], send: Send) -> None:
    start, *rest = answer
    body = b"".join(message.get("body", b"") for message in rest)
    if body:
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _reset(receive: Receive, send: Send, *, at_once: bool = True) -> None:
    """End the connection under the client, as a broken network does: uvicorn's `send` belongs to the connection."""
    transport: Any = send.__self__.transport  # type: ignore[attr-defined]
    if at_once:  # with a reset rather than an orderly end, so that no client takes it for an answer
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
