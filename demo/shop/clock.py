"""The shop's time: a fixed day, kept in clock.json, and the units of the plans (microseconds since 1970, UTC)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = 2**62

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


FIXED_DAY = datetime(2026, 6, 30, 9, tzinfo=UTC)
# Plans reach from 18 months before the fixed day to a year after it, so that `advance` only reveals what was planned.
START = micros(datetime(2024, 12, 30, tzinfo=UTC))
TODAY = micros(FIXED_DAY)
HORIZON = TODAY + 365 * DAY
#: So many days of the web are exported before the fixed day, where a world does not say otherwise.
WEB_DAYS = 120


def web_start(days: int) -> int:
    """The first instant of an export that has so many days on the fixed day."""
    return (TODAY // DAY - days + 1) * DAY


@dataclass(frozen=True)
class Clock:
    """Where a world stands: its present (aware UTC) and what it was made from; `web_days` of the export lie before the fixed day."""

    as_of: datetime
    seed: int
    customers: int
    web_days: int = WEB_DAYS

    @property
    def now(self) -> int:
        """The present in microseconds since 1970."""
        return micros(self.as_of)


def clock_file(folder: Path) -> Path:
    """Where a world's clock lies."""
    return folder / "clock.json"


def read_clock(folder: Path) -> Clock:
    """The clock of the world in `folder`. FileNotFoundError when no world was finished there."""
    file = clock_file(folder)
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError:
        raise FileNotFoundError(f"{file} does not exist: make the demo shop first (python -m demo create --folder {folder})") from None
    return Clock(
        datetime.fromisoformat(content["as_of"]), int(content["seed"]), int(content["customers"]), int(content.get("web_days", WEB_DAYS))
    )


def write_clock(folder: Path, clock: Clock) -> None:
    """Write the clock whole; it is the last file written, so its presence says that the world is complete."""
    file = clock_file(folder)
    content = {"as_of": clock.as_of.isoformat(), "seed": clock.seed, "customers": clock.customers, "web_days": clock.web_days}
    partial = file.with_suffix(".json.partial")
    partial.write_text(json.dumps(content) + "\n")
    partial.replace(file)
