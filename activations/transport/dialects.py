"""What an answer's headers say about the provider's limits, in the dialects that providers speak.

No clock of ours is asked: a date or an epoch is read against the answer's own `Date`. `Date` is cut to the second, so a
wait read that way is up to a second too long, never too short.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto


class Reset(Enum):
    """How a header tells when a window starts anew."""

    SECONDS_LEFT = auto()
    EPOCH = auto()
    """Seconds (or milliseconds, if that many) since 1970; read as seconds left where it is too small for that."""
    WINDOW_MILLISECONDS = auto()
    """The length of the window, so at most that long."""
    NOT_TOLD = auto()


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names of three headers: how many requests a window has, how many are left of them, when it starts anew."""

    limit: str
    remaining: str
    reset: str
    reset_is: Reset


DIALECTS = (
    # Klaviyo (of its minute window; absent from a 429): developers.klaviyo.com/en/docs/rate_limits_and_error_handling
    Dialect("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", Reset.SECONDS_LEFT),
    # SendGrid: twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
    Dialect("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", Reset.EPOCH),
    # Brevo: developers.brevo.com/docs/limit-headers
    Dialect("x-sib-ratelimit-limit", "x-sib-ratelimit-remaining", "x-sib-ratelimit-reset", Reset.SECONDS_LEFT),
    # HubSpot: developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    Dialect(
        "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Remaining", "X-HubSpot-RateLimit-Interval-Milliseconds", Reset.WINDOW_MILLISECONDS
    ),
    Dialect("X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining", "", Reset.NOT_TOLD),
)

_NOT_TOLD_SECONDS = 900.0
"""How long to rest when all is used up and nobody says until when: a day's limit, asked about four times an hour."""
_FIRST_EPOCH = 1e9
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")  # `150, 150;w=60` names the same limit twice


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one of the provider's windows, as it counts."""

    limit: float | None
    remaining: float
    reset_seconds: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What an answer says about pace. `is_throttled`: the request was refused because there were too many."""

    is_throttled: bool = False
    wait_seconds: float | None = None
    """How long the provider wants to be left alone; None where it says nothing about it."""
    allowances: tuple[Allowance, ...] = ()


def advice(status: int, headers: Mapping[str, str]) -> Advice:
    """Reads an answer's headers (a mapping that ignores case). Nonsense in them counts as nothing said."""
    found = tuple(allowance for dialect in DIALECTS if (allowance := _allowance(dialect, headers, status == 429)))
    wait = _retry_after(headers)
    if status == 429 and wait is None:
        used_up = [allowance for allowance in found if allowance.remaining < 1 and allowance.reset_seconds is not None]
        wait = max((allowance.reset_seconds or 0.0 for allowance in used_up), default=None)
    return Advice(status == 429, wait if status in (429, 503) else None, found)


def _allowance(dialect: Dialect, headers: Mapping[str, str], is_refused: bool) -> Allowance | None:
    remaining = _number(headers.get(dialect.remaining))
    if remaining is None and not (is_refused and dialect.reset in headers):
        return None
    reset = _number(headers.get(dialect.reset)) if dialect.reset else None
    if dialect.reset_is is Reset.NOT_TOLD:
        reset = _NOT_TOLD_SECONDS
    elif reset is not None and dialect.reset_is is Reset.WINDOW_MILLISECONDS:
        reset /= 1000
    elif reset is not None and dialect.reset_is is Reset.EPOCH and reset > _FIRST_EPOCH:
        reset = _until(reset / 1000 if reset > _FIRST_EPOCH * 100 else reset, headers)
    return Allowance(_number(headers.get(dialect.limit)), remaining or 0.0, reset)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date."""
    value = headers.get("Retry-After", "").strip()
    if (seconds := _number(value)) is not None:
        return seconds
    with contextlib.suppress(ValueError, TypeError):
        return _until(parsedate_to_datetime(value).timestamp(), headers)
    return None


def _until(epoch: float, headers: Mapping[str, str]) -> float | None:
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, epoch - parsedate_to_datetime(headers.get("Date", "")).timestamp())
    return None


def _number(value: str | None) -> float | None:
    found = _NUMBER.match(value or "")
    return float(found[1]) if found else None
