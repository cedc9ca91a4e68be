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


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bear with a provider. Waits are in seconds; `sleep` is what waits."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    polls: int = 120
    longest_poll_wait_seconds: float = 5.0
    sleep: Callable[[float], None] = time.sleep

    def is_over(self, state: RetryCallState) -> bool:
        """Whether to give up; sooner where the provider cannot be reached at all."""
        allowed = min(3, self.attempts) if isinstance(_cause(state), Unreachable) else self.attempts
        return state.attempt_number >= allowed

    def wait(self, state: RetryCallState) -> float:
        """The provider's wish where it has one, never longer than `longest_wait_seconds`; else a growing, jittered wait."""
        cause = _cause(state)
        if isinstance(cause, Throttled) and cause.wait_seconds is not None:
            return min(cause.wait_seconds, self.longest_wait_seconds)
        return wait_random_exponential(multiplier=self.first_wait_seconds, max=self.longest_wait_seconds)(state)


def _cause(state: RetryCallState) -> object:
    if state.outcome is None:
        return None
    if state.outcome.failed:
        return getattr(state.outcome.exception(), "outcome", None)
    return state.outcome.result()


def ask(call: Callable[[], Value], patience: Patience) -> Value:
    """The result of a call that may be repeated freely, such as a read. Raises the last NoAnswer when patience is at its end."""
    return Retrying(
        sleep=patience.sleep,
        stop=patience.is_over,
        wait=patience.wait,
        retry=retry_if_exception_type(NoAnswer),
        reraise=True,
    )(call)
