"""When a request is tried again, and how long is waited before: what the server asks for, else longer each time, with some chance in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import tenacity

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 120.0


class TryAgainError(Exception):
    """An answer that may be better next time. wait_seconds: what the server asked for, else `None`."""

    def __init__(self, fault: str, wait_seconds: float | None = None) -> None:
        super().__init__(fault)
        self.wait_seconds = wait_seconds


def retrying(sleep: Callable[[float], None]) -> tenacity.Retrying:
    """Calls a function up to `ATTEMPTS` times, for as long as it raises TryAgainError; the last one comes out."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgainError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )


_backoff = tenacity.wait_exponential_jitter(multiplier=0.2, max=10, jitter=0.2)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_seconds if isinstance(error, TryAgainError) else None
    return min(asked, LONGEST_WAIT_SECONDS) if asked is not None else _backoff(state)


def seconds_asked(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for: seconds, or a date, which is counted from the server's own clock. Brevo has a name of its own for it."""
    asked = headers.get("Retry-After") or headers.get("x-sib-ratelimit-reset")
    try:
        return max(0.0, float(asked or ""))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked or "") - parsedate_to_datetime(headers.get("Date") or "")).total_seconds())
    except (TypeError, ValueError):
        return None
