"""When the next request may leave: counting alone, without clocks, threads or waiting."""

import math
from collections.abc import Sequence
from typing import Any

from activations.transport.dialects import Advice, Allowance
from activations.transport.windows import AtOnce, Limit, Used, Window

_FIRST_REST_SECONDS = 1.0
_LONGEST_REST_SECONDS = 60.0
_LONGEST_WISH_SECONDS = 86_400.0  # no limit lasts longer than a day; what a broken header says may not stop things for ever


class Gauge:
    """The limits of one endpoint of one account, or of the account as a whole. Times are in seconds on any clock that only
    goes forward.
    """

    def __init__(self, limits: Sequence[Limit] = ()) -> None:
        self._windows = {f"{limit.requests}/{limit.seconds:g}": Used(limit) for limit in limits if isinstance(limit, Window)}
        self._shortest = min((limit.seconds for limit in limits if isinstance(limit, Window)), default=_FIRST_REST_SECONDS)
        self._at_once = min((limit.requests for limit in limits if isinstance(limit, AtOnce)), default=None)
        self.under_way = 0
        self._rest_until = -math.inf
        self._throttled_in_a_row = 0
        self._left: tuple[float, float] = (math.inf, -math.inf)
        """How many the provider says are left, and until when that holds."""

    def wait(self, now: float) -> float:
        """Seconds until the next request may leave: 0 for now, infinite where only the answer to another can tell."""
        if self._at_once is not None and self.under_way >= self._at_once:
            return math.inf
        waits = [used.wait(now, self.under_way) for used in self._windows.values()]
        left, until = self._left
        if now < until and left - self.under_way < 1:
            waits.append(math.inf if left >= 1 else until - now)
        return max(0.0, self._rest_until - now, *waits)

    def leaves(self, requests: int = 1) -> None:
        """Requests leave now."""
        self.under_way += requests

    def answered(self, at: float, heard: Advice | None = None, requests: int = 1) -> None:
        """The answers came, or it is certain that none will: the requests are counted at the provider by now or never."""
        self.under_way -= requests
        for used in self._windows.values():
            used.answered(at, requests)
        if heard is not None:
            self.heed(at, heard)

    def heed(self, now: float, heard: Advice) -> None:
        """Takes the provider's word where it is stricter than what is counted here."""
        if heard.is_throttled and now >= self._rest_until:  # not for each of those that were refused together
            self._throttled_in_a_row += 1
        elif not heard.is_throttled:
            self._throttled_in_a_row = 0
        wait = heard.wait_seconds
        if heard.is_throttled and not wait:  # 0 is what is left of a second when its fraction is cut off
            wait = min(self._shortest * 2.0 ** min(self._throttled_in_a_row - 1, 16), max(self._shortest, _LONGEST_REST_SECONDS))
        if wait is not None:
            self._rest_until = max(self._rest_until, now + min(wait, _LONGEST_WISH_SECONDS))
        for allowance in heard.allowances:
            self._count_what_others_used(now, allowance)

    def _count_what_others_used(self, now: float, allowance: Allowance) -> None:
        """Others use the account too, and so did runs before this one: what they took of a window is not ours to take."""
        for used in self._windows.values():
            if used.requests == allowance.limit:
                used.wait(now, 0)  # forgets what is over
                others = int(allowance.limit - allowance.remaining) - self.under_way - used.count
                if others > 0 and allowance.reset_seconds is not None:
                    used.take(now + min(allowance.reset_seconds, used.span), others)
                return
        if allowance.reset_seconds is not None:
            left, until = self._left
            if now < until:  # answers overtake each other: within a window the lowest word holds
                self._left = min(left, allowance.remaining), min(until, now + allowance.reset_seconds)
            else:
                self._left = allowance.remaining, now + min(allowance.reset_seconds, _LONGEST_WISH_SECONDS)

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON can hold it; without what is under way."""
        return {
            "windows": {name: list(used.until) for name, used in self._windows.items()},
            "rest_until": self._rest_until if math.isfinite(self._rest_until) else None,
            "throttled_in_a_row": self._throttled_in_a_row,
            "left": self._left if math.isfinite(self._left[1]) else None,
        }

    def restore(self, state: dict[str, Any], now: float) -> None:
        """As it was when `state` was asked for. Windows that are limited in another way by now start empty; times that lie
        too far ahead, because the clock was put back, are cut.
        """
        for name, used in self._windows.items():
            for until, requests in state["windows"].get(name, ()):
                used.take(min(until, now + used.span), requests)
        self._rest_until = -math.inf if state["rest_until"] is None else state["rest_until"]
        self._throttled_in_a_row = state["throttled_in_a_row"]
        if state["left"] is not None:
            self._left = state["left"][0], state["left"][1]
