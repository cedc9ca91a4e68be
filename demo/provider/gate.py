"""The gate before the endpoints: it counts requests, keeps the limits, judges requests and plays the faults that were ordered."""

import asyncio
import struct
import time
from collections import Counter, defaultdict
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.provider.context import FAULT
from demo.provider.dialects import account_of, refusal, vendor_of
from demo.provider.endpoints import Endpoint, Endpoints
from demo.provider.faults import BEFORE, OTHERWISE, REFUSED, THROTTLED, Fault, Faults, throttling, wish
from demo.provider.limits import Windows
from demo.provider.specifications import Judge

_OWN = ("/", "/healthz", "/_stats", "/_faults")


class Gate:
    """An ASGI app around the endpoints."""

    def __init__(self, app: ASGIApp, endpoints: Endpoints, windows: Windows, faults: Faults, judge: Judge | None) -> None:
        self._app = app
        self._endpoints = endpoints
        self._windows = windows
        self._faults = faults
        self._judge = judge
        self.requests: Counter[str] = Counter()
        self.answers: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        endpoint = self._endpoints.find(method, path)
        name = endpoint.name if endpoint is not None else f"{method} {path}" if path in _OWN else f"{method} other"
        self.requests[name] += 1
        if self._judge is not None and vendor_of(path) is not None:
            receive = await self._judge.listen(scope, receive, name)
        if endpoint is None:
            await self._answer(name, {}, scope, receive, send)
            return
        account = account_of(scope)
        verdict = self._windows.enter(account, endpoint)
        try:
            await self._pass(endpoint, verdict.wait_seconds, verdict.headers, scope, receive, send)
        finally:
            self._windows.leave(account, endpoint)

    async def _pass(
        self, endpoint: Endpoint, wait: int | None, headers: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        if wait is None:
            await self._answer(endpoint.name, headers, scope, receive, send)
            return
        self.answers[endpoint.name]["429"] += 1
        await refusal(scope["path"], 429, headers)(scope, receive, send)

    async def _answer(self, name: str, headers: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answers[name][str(message["status"])] += 1
                MutableHeaders(scope=message).update(headers)
            await send(message)

        fault = None if scope["path"].startswith("/_") else self._faults.take(scope["method"], scope["path"], account_of(scope))
        if fault is None:
            await self._app(scope, receive, counted)
        else:
            await self._play(fault, name, scope, receive, send, counted)

    async def _play(self, fault: Fault, name: str, scope: Scope, receive: Receive, send: Send, counted: Send) -> None:
        if fault.kind in (*REFUSED, *THROTTLED):
            status = int(fault.kind[:3])
            headers = throttling(fault.kind, fault.seconds, time.time()) if status == 429 else {}
            if status == 429:
                self._windows.close(account_of(scope), name, wish(fault.kind, fault.seconds))
            self.answers[name][str(status)] += 1
            await refusal(scope["path"], status, headers)(scope, receive, send)
            return
        if fault.kind in BEFORE:
            await Request(scope, receive).body()
            await (_reset(receive, send) if fault.kind == "reset_before" else _PAGE(scope, receive, counted))
            return
        scope[FAULT] = fault
        if fault.kind in OTHERWISE:
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
        if fault.kind in ("not_json", "empty"):
            await (_PAGE if fault.kind == "not_json" else Response(status_code=answer[0]["status"]))(scope, receive, counted)
            return
        for message in answer:
            await counted(message)


_PAGE = HTMLResponse("<!doctype html><title>Welcome</title><p>Please sign in.")


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
