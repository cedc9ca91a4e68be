"""Asks an API for JSON: keeps the pace, waits when told to (429, `Retry-After`), tries again when it stumbles, then says so.

One file: the client and its patience are one thing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import tenacity

from orchestration.sources.errors import SourceError, masked

TIMEOUT_SECONDS = 30.0
ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 120.0

_EMAIL = re.compile(r"[^\s@\"'<>:,]+@[^\s@\"'<>,]+")


@dataclass(frozen=True)
class Request:
    """What is asked for: a path below the API's address, or a link that the API gave. body: sent as JSON."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: Any = None

    def having(self, **params: str) -> Request:
        """The same request with these parameters."""
        return Request(self.path, {**self.params, **params}, self.method, self.body)


@dataclass(frozen=True)
class Answer:
    """What came: the parsed JSON, the headers (names in any case), and where it came from."""

    body: Any
    headers: Mapping[str, str]
    url: str


class _TryAgainError(Exception):
    """An answer that may be better next time. wait_seconds: what the server asked for, else `None`."""

    def __init__(self, fault: str, wait_seconds: float | None = None) -> None:
        super().__init__(fault)
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Api:
    """One vendor's API and the right to use it; closed after the block.

    url: where it is. headers: sent each time, secrets among them, never shown. pace: the least time between two requests.
    throttled: reads a refusal out of a body that came with 200 (seconds to wait, `None`: it is an answer).
    """

    source: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    pace: timedelta = timedelta(0)
    throttled: Callable[[Any], float | None] = field(default=lambda _: None, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def ask(self, request: Request) -> Answer:
        """The answer. Raises SourceError when it is refused, is no JSON, or fails `ATTEMPTS` times."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, request)
        except _TryAgainError as error:
            remedy = f"Tried {ATTEMPTS} times; what was landed stays, the next run goes on from there. Check that the service runs."
            raise SourceError(self.source, self._place(request), str(error), remedy) from None

    def _once(self, request: Request) -> Answer:
        place = self._place(request)
        self._keep_pace()
        try:
            answer = self._session.request(
                request.method, place, params=request.params, json=request.body, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _TryAgainError(f"no answer ({type(error).__name__}).") from error
        status = answer.status_code
        if status == 429:
            raise _TryAgainError("it answered 429, too many requests.", _seconds(answer.headers))
        if status >= 500 or status == 408:
            raise _TryAgainError(f"it answered {status}.", _seconds(answer.headers))
        shown = place.partition("?")[0]
        if status in (401, 403):
            raise SourceError(self.source, shown, f"it answered {status}.", "Check the key and what it may read.")
        if not 200 <= status < 300:
            said = _EMAIL.sub("***", masked(answer.text[:200]))
            raise SourceError(self.source, shown, f"it answered {status}: {said}.", "Check the URL and the account.")
        try:
            body = answer.json()
        except requests.exceptions.JSONDecodeError as error:
            raise _TryAgainError("its answer was cut off or is no JSON.") from error
        seconds = self.throttled(body)
        if seconds is not None:
            raise _TryAgainError("it said that there were too many requests.", seconds)
        return Answer(body, answer.headers, answer.url)

    def _place(self, request: Request) -> str:
        """The full URL. A link that leads elsewhere is refused: the key would go along."""
        base = self.url.rstrip("/") + "/"
        place = urljoin(base, request.path if "://" in request.path else request.path.lstrip("/"))
        if urlsplit(place)[:2] != urlsplit(base)[:2]:
            raise SourceError(self.source, place.partition("?")[0], "a link leads to another server.", "Check the URL of the source.")
        return place

    def _keep_pace(self) -> None:
        if not self.pace:
            return
        wait = self._asked.get("at", 0.0) + self.pace.total_seconds() - time.monotonic()
        if "at" in self._asked and wait > 0:
            self.sleep(wait)
        self._asked["at"] = time.monotonic()

    @cached_property
    def _asked(self) -> dict[str, float]:
        return {}

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self.headers)
        session.auth = self.auth
        return session


_backoff = tenacity.wait_exponential_jitter(multiplier=0.2, max=10, jitter=0.2)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_seconds if isinstance(error, _TryAgainError) else None
    return min(asked, LONGEST_WAIT_SECONDS) if asked is not None else _backoff(state)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for: seconds, or a date, which is counted from the server's own clock."""
    asked = headers.get("Retry-After")
    try:
        return max(0.0, float(asked or ""))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked or "") - parsedate_to_datetime(headers.get("Date") or "")).total_seconds())
    except (TypeError, ValueError):
        return None
