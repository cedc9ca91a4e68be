"""Times as providers write them."""

import math
import re
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
"""A provider's clock may be ahead of ours, but not by more."""
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


def unix_time(value: object, unit: float = 1.0) -> datetime | None:
    """A Unix time, a number or its digits; unit: seconds in one of it. None for what is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}(\.[0-9]{1,9})?", value.strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    # By whole microseconds: the same instant for 1.5 s and 1500 ms.
    return _BEGAN + timedelta(microseconds=round(value * unit * 1_000_000)) if 0 <= value * unit < 1e11 else None


def iso_time(value: object, *, is_utc: bool = False) -> datetime | None:
    """A time as ISO 8601, in UTC; is_utc: where it names no zone it is UTC. None for what is none, or names no zone otherwise."""
    if not isinstance(value, str) or len(value) > 40 or len(value.strip()) < len("2026-01-01T00:00"):
        return None
    try:
        # Digits of a second beyond six are cut: no clock here reads them.
        at = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", value.strip()))
        if at.tzinfo is None:
            return at.replace(tzinfo=UTC) if is_utc else None
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_plausible(at: datetime, received_at: datetime) -> bool:
    """Whether something told at `received_at` can have happened then."""
    return _EARLIEST <= at <= received_at + _AHEAD
