"""Leaves a provider in peace that answers nothing useful, instead of waiting for it to fail once more for each batch."""

import threading
from collections.abc import Callable


class Breaker:
    """Of one account. Opens after `failures` in a row; after a rest one request may try (the rest doubles with each such try
    that fails, up to `longest_rest_seconds`); closes on the first answer. Safe to use from several threads; `clock` is
    monotonic, in seconds.
    """

    def __init__(
        self, clock: Callable[[], float], *, failures: int = 10, rest_seconds: float = 5.0, longest_rest_seconds: float = 120.0
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._first_rest = rest_seconds
        self._longest_rest = longest_rest_seconds
        self._lock = threading.Lock()
        self._rest = rest_seconds
        self._in_a_row = 0
        self._open_until: float | None = None
        self._is_trying = False

    def objection(self) -> str | None:
        """Why no request may leave now; None if one may, and `passed`, `failed` or `did_not_leave` must tell how it went."""
        with self._lock:
            if self._open_until is None:
                return None
            left = self._open_until - self._clock()
            if left <= 0 and not self._is_trying:
                self._is_trying = True
                return None
            then = f"it is tried again in {left:.0f} s" if left > 0 else "one request is trying it now"
            return f"it failed {self._in_a_row} times in a row; {then}"

    def passed(self) -> None:
        """The provider answered."""
        with self._lock:
            self._in_a_row, self._open_until, self._is_trying, self._rest = 0, None, False, self._first_rest

    def failed(self) -> None:
        """No connection, no answer, or one that only says that the provider is broken."""
        with self._lock:
            self._in_a_row += 1
            if self._open_until is not None and self._is_trying:
                self._rest = min(self._rest * 2, self._longest_rest)
            if self._is_trying or (self._open_until is None and self._in_a_row >= self._failures):
                self._open_until = self._clock() + self._rest
            self._is_trying = False

    def did_not_leave(self) -> None:
        """The request came to nothing for a reason of ours."""
        with self._lock:
            self._is_trying = False
