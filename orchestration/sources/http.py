"""Asks an API for JSON: waits when told to (429, `Retry-After`), tries again when it stumbles (5xx, lost connection), then says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
import tenacity

from orchestration.sources.errors import SourceError, masked

TIMEOUT_SECONDS = 30.0
ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 120.0


class _TryAgainError(Exception):
    """An answer that may be better next time. wait_seconds: what the server asked for, else `None`."""

    def __init__(self, fault: str, wait_seconds: float | None = None) -> None:
        super().__init__(fault)
        self.wait_seconds = wait_seconds


def get_json(
    session: requests.Session,
    source: str,
    url: str,
    params: Mapping[str, str] | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """The JSON object at `url`. Raises SourceError when it is refused, is no JSON object, or fails `ATTEMPTS` times."""
    place = url.partition("?")[0]

    def once() -> dict[str, Any]:
        try:
            answer = session.get(url, params=params, timeout=TIMEOUT_SECONDS)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _TryAgainError(f"no answer ({type(error).__name__}).") from error
        if answer.status_code == 429:
            raise _TryAgainError("it answered 429, too many requests.", _seconds(answer.headers.get("Retry-After")))
        if answer.status_code >= 500:
            raise _TryAgainError(f"it answered {answer.status_code}.")
        if answer.status_code in (401, 403):
            raise SourceError(source, place, f"it answered {answer.status_code}.", "Check the key and what it may read.")
        if answer.status_code != 200:
            raise SourceError(
                source, place, f"it answered {answer.status_code}: {masked(answer.text[:200])}.", "Check the URL and the account."
            )
        try:
            body = answer.json()
        except requests.exceptions.JSONDecodeError as error:
            raise _TryAgainError("its answer was cut off or is no JSON.") from error
        if not isinstance(body, dict):
            raise SourceError(source, place, "its answer is no JSON object.", "Check the URL.")
        return body

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_TryAgainError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(once)
    except _TryAgainError as error:
        remedy = f"Tried {ATTEMPTS} times; what was landed stays, the next run goes on from there. Check that the service runs."
        raise SourceError(source, place, str(error), remedy) from None


_backoff = tenacity.wait_exponential_jitter(multiplier=0.2, max=10, jitter=0.2)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_seconds if isinstance(error, _TryAgainError) else None
    return min(asked, LONGEST_WAIT_SECONDS) if asked is not None else _backoff(state)


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
