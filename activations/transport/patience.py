"""How long to bear with a provider, and calls that may be repeated freely."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from activations.model import Throttled, Unreachable
from activations.transport.http import NoAnswer

Value = TypeVar("Value")
_NEXT_RUN_SECONDS = 600.0
"""Who wants to be left alone for longer is left to the next run at once."""
_THROTTLED_WAITS = 10
_FAILING_WAITS = 5


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bear with a provider. Waits are in seconds; `sleep` is what waits.

    `attempts` are for failures: three where the provider cannot be reached at all. One that is busy but alive does not use
    them up; it is borne with for `longest_throttled_seconds` of waits (ten of the longest waits, unless told). Failures get
    five of the longest waits at most, however many attempts are left.
    """

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    longest_throttled_seconds: float | None = None
    polls: int = 120
    longest_poll_wait_seconds: float = 60.0
    longest_job_seconds: float = 1_800.0
    sleep: Callable[[float], None] = time.sleep

    def begin(self) -> "Tries":
        return Tries(self)


class Tries:
    """The tries of one request or several that belong together: what of the patience is used up. For one thread."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        longest = patience.longest_wait_seconds
        throttled = patience.longest_throttled_seconds
        self._left_for_throttling = longest * _THROTTLED_WAITS if throttled is None else throttled
        self._left_for_failures = longest * _FAILING_WAITS
        self.start_over()

    def start_over(self) -> None:
        """The next request: it has attempts of its own, and what is left of the time."""
        self._failures = 0
        self._planned: tuple[int, float | None] = 0, None

    def is_over(self, state: RetryCallState) -> bool:
        """Whether to give up."""
        return self._plan(state) is None

    def wait(self, state: RetryCallState) -> float:
        """The provider's wish where it has one, but asks again after `longest_wait_seconds`; else a growing, jittered wait."""
        return self._plan(state) or 0.0

    def _plan(self, state: RetryCallState) -> float | None:
        if self._planned[0] != state.attempt_number:
            self._planned = state.attempt_number, self._next_wait(state)
        return self._planned[1]

    def _next_wait(self, state: RetryCallState) -> float | None:
        patience, cause = self._patience, _cause(state)
        wait = wait_random_exponential(multiplier=patience.first_wait_seconds, max=patience.longest_wait_seconds)(state)
        if isinstance(cause, Throttled):
            if cause.wait_seconds is not None:
                if cause.wait_seconds > _NEXT_RUN_SECONDS:
                    return None
                # Providers cut a part of a second to 0: who took that at its word would ask without a pause.
                wait = min(max(cause.wait_seconds, patience.first_wait_seconds), patience.longest_wait_seconds)
            self._left_for_throttling -= max(wait, patience.first_wait_seconds)
            return wait if self._left_for_throttling >= 0 else None
        self._failures += 1
        self._left_for_failures -= wait
        allowed = min(3, patience.attempts) if isinstance(cause, Unreachable) else patience.attempts
        return wait if self._failures < allowed and self._left_for_failures >= 0 else None

    def retrying(self, **changes: object) -> Retrying:
        """What repeats a call that long."""
        return Retrying(sleep=self._patience.sleep, stop=self.is_over, wait=self.wait, **changes)  # type: ignore[arg-type]


def _cause(state: RetryCallState) -> object:
    if state.outcome is None:
        return None
    if state.outcome.failed:
        return getattr(state.outcome.exception(), "outcome", None)
    return state.outcome.result()


def ask(call: Callable[[], Value], patience: Patience) -> Value:
    """The result of a call that may be repeated freely, such as a read. Raises the last NoAnswer when patience is at its end."""
    return patience.begin().retrying(retry=retry_if_exception_type(NoAnswer), reraise=True)(call)
