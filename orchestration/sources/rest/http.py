"""Asks an API for JSON: keeps the pace, waits when told to (429, `Retry-After`), tries again when it stumbles, then says so.

One file: the client and its patience are one thing.
"""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from orchestration.sources.errors import SourceError, masked
from orchestration.sources.rest.trying import ATTEMPTS, TryAgainError, retrying, seconds_asked

TIMEOUT_SECONDS = 30.0
_SHORTEST_SECRET = 6
_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)

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


@dataclass(frozen=True)
class Api:
    """One vendor's API and the right to use it; closed after the block.

    url: where it is. headers: sent each time, secrets among them, never shown. pace: the least time between two requests.
    throttled: reads a refusal out of a body that came with 200 (seconds to wait, `None`: it is an answer).
    spoken: a declared path as the version in use has it.
    """

    source: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    pace: timedelta = timedelta(0)
    throttled: Callable[[Any], float | None] = field(default=lambda _: None, repr=False)
    spoken: Callable[[str], str] = field(default=str, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def ask(self, request: Request) -> Answer:
        """The answer. Raises SourceError when it is refused, is no JSON, or fails `ATTEMPTS` times."""
        try:
            return retrying(self.sleep)(self._once, request)
        except TryAgainError as error:
            remedy = f"Tried {ATTEMPTS} times; what was landed stays, the next run goes on from there. Check that the service runs."
            raise SourceError(self.source, self._place(request), str(error), remedy) from None

    def _once(self, request: Request) -> Answer:
        place = self._place(request)
        self._keep_pace()
        try:
            answer = self._session.request(
                request.method, place, params=request.params, json=request.body, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except _UNUSABLE as error:  # its text may show the key
            fault = f"its address, or the key for it, cannot be used ({type(error).__name__})."
            raise SourceError(self.source, "", fault, "Check both: no blanks, no other letters.") from None
        except requests.RequestException as error:
            raise TryAgainError(f"no answer ({type(error).__name__}).") from error
        status = answer.status_code
        if status == 429:
            raise TryAgainError("it answered 429, too many requests.", seconds_asked(answer.headers))
        if status >= 500 or status == 408:
            raise TryAgainError(f"it answered {status}.", seconds_asked(answer.headers))
        shown = place.partition("?")[0]
        if status in (401, 403):
            raise SourceError(self.source, shown, f"it answered {status}.", "Check the key and what it may read.")
        if 300 <= status < 400:
            leads = urljoin(place, answer.headers.get("Location", "")).partition("?")[0]
            fault = f"it answered {status} and leads to {masked(leads, *self._secrets)}, where the key is not sent."
            raise SourceError(self.source, shown, fault, "Set its URL to where it really is.")
        if not 200 <= status < 300:
            said = _EMAIL.sub("***", masked(answer.text[:400], *self._secrets))[:200]
            told = f"it answered {status}{f': {said}' if said.strip() else ''}."
            raise SourceError(self.source, shown, told, "Check the URL and the account.")
        try:
            body = answer.json()
        except (ValueError, RecursionError) as error:
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            page = f" ({kind}: a page of something on the way?)" if kind.startswith("text/") else ""
            raise TryAgainError(f"its answer {'is empty' if not answer.content else 'was cut off or is no JSON'}{page}.") from error
        seconds = self.throttled(body)
        if seconds is not None:
            raise TryAgainError("it said that there were too many requests.", seconds)
        return Answer(body, answer.headers, answer.url)

    def _place(self, request: Request) -> str:
        """The full URL. A link that leads elsewhere is refused: the key would go along."""
        base = self.url.rstrip("/") + "/"
        place = urljoin(base, request.path if "://" in request.path else self.spoken(request.path.lstrip("/")))
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

    @property
    def _secrets(self) -> list[str]:
        """What a server might say again: what the headers hold, with and without the word in front, and its two halves."""
        values = [*self.headers.values(), *(self.auth or ())]
        for value in self.headers.values():
            if value.startswith("Basic "):
                values += b64decode(value.removeprefix("Basic ")).decode(errors="replace").split(":", 1)
        parts = {part for value in values for part in (value, value.rpartition(" ")[2]) if len(part) >= _SHORTEST_SECRET}
        return sorted(parts, key=len, reverse=True)

    @cached_property
    def _asked(self) -> dict[str, float]:
        return {}

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self.headers)
        session.auth = self.auth
        return session
