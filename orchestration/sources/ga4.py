"""The GA4 export: tables or files by day, `events_YYYYMMDD` and, while the day lasts, `events_intraday_YYYYMMDD`.

A day is rewritten for up to 72 hours after its end, with the late events in it. An intraday table has the same events as the day's
table that replaces it, and both exist for a while: the day's own one is taken.
Source: https://support.google.com/analytics/answer/9358801 and https://support.google.com/analytics/answer/7029846
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_delivery import Before, Deliveries, Fetched, day_of
from orchestration.sources.ga4_schema import DEFINITION
from orchestration.sources.table import Table

_SUFFIX = re.compile(r"\.(parquet|jsonl|json|ndjson)(\.gz)?")
_FORMATS = ("parquet", "jsonl", "json", "ndjson")

#: What the landing adds to the export's columns: when the delivery that an event's day was last read from came.
DELIVERED = "_delivered_at"

EVENTS = Table(
    "ga4",
    "events",
    description="Events of the GA4 export; a day that changed is landed again, whole.",
    key=(
        "user_pseudo_id",
        "event_timestamp",
        "event_name",
        "event_bundle_sequence_id",
        "batch_event_index",
        "batch_page_id",
        "batch_ordering_id",
    ),
    event_time="event_timestamp",
    watermark=None,
    definition=f"{DEFINITION}, {DELIVERED} TIMESTAMP",
)
TABLES = (EVENTS,)

#: Without these an event cannot be placed.
REQUIRED = ("event_date", "event_timestamp", "event_name")


@dataclass(frozen=True)
class DayFile:
    """A day's file, Parquet or newline JSON, plain or gzipped."""

    day: date
    path: Path
    is_intraday: bool

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def is_known(self, before: Before, as_of: datetime) -> bool:
        """Neither its size nor its time has changed."""
        return self.shown() == before.state

    @contextlib.contextmanager
    def fetched(self, scratch: Path) -> Iterator[Fetched]:
        """The file itself."""
        state = self.shown()

        def confirm() -> None:
            if self.shown() != state:
                raise SourceError("ga4", self.name, "it was rewritten while it was read.", "Nothing to do: the next run reads it again.")

        yield Fetched(self.path, state, ".parquet" in self.name, confirm=confirm)

    def shown(self) -> str:
        """Its name, size and time of change."""
        stat = self.path.stat()
        return f"{self.name} {stat.st_size} {stat.st_mtime_ns}"


def deliveries(folder: Path) -> Deliveries:
    """Finds the day files. Of several of one day only one is taken, the day's own before an intraday one and Parquet before JSON,
    so that no event counts twice. Raises SourceError where the folder is missing or holds no day file.
    """
    if not folder.is_dir():
        raise SourceError("ga4", "events", f"there is no folder {folder}.", "Check the path, or let the export write there.")
    found = Deliveries()
    for path in sorted(folder.iterdir(), key=lambda path: ("intraday" in path.name, path.name.split(".", 1)[0], _rank(path), path.name)):
        try:
            read = day_of(path.name)
        except ValueError:
            digits = "".join(filter(str.isdigit, path.name))[:8]
            found.warnings.append(f"{path.name}: {digits} is no date, the file is left out. Name it events_YYYYMMDD.")
            continue
        if read is None:
            continue
        day, is_intraday, suffix = read
        if not _SUFFIX.fullmatch(suffix):
            if suffix.endswith(tuple(f".{kind}{packed}" for kind in _FORMATS for packed in ("", ".gz"))):
                found.warnings.append(f"{path.name}: looks like a second delivery of the day {day:%Y%m%d} and is left out. Remove it.")
        elif day in found.days:
            if is_intraday and not found.days[day].is_intraday:
                continue  # as it must be for a while
            kept = found.days[day].name
            found.warnings.append(f"{path.name}: the day is delivered twice, {kept} is taken and this file left out. Remove one of them.")
        else:
            found.days[day] = DayFile(day, path, is_intraday)
    if not found.days:
        remedy = "Name the files events_YYYYMMDD.parquet or .jsonl, or check the path."
        raise SourceError("ga4", "events", f"the folder {folder} holds no day file.", remedy)
    return found


def gaps(days: set[date]) -> list[date]:
    """The days missing between the first and the last."""
    first, last = min(days), max(days)
    return [day for day in (first + timedelta(days=step) for step in range((last - first).days)) if day not in days]


def _rank(path: Path) -> int:
    return next((place for place, kind in enumerate(_FORMATS) if f".{kind}" in path.name), len(_FORMATS))
