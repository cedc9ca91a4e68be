"""The GA4 export as files: one a day, `events_YYYYMMDD.parquet` or newline JSON, as BigQuery gives them.

A day's file is rewritten for up to 72 hours after the day, with the late events in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_schema import DEFINITION
from orchestration.sources.table import Table

_DAY_FILE = re.compile(r"events_(\d{8})\.(parquet|jsonl|json|ndjson)(\.gz)?")
_NEXT_OF_KIN = re.compile(r"events_(\d{8}).*\.(parquet|jsonl|json|ndjson)(\.gz)?")
_FORMATS = ("parquet", "jsonl", "json", "ndjson")

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
    definition=DEFINITION,
)
TABLES = (EVENTS,)

#: Without these an event cannot be placed.
REQUIRED = ("event_date", "event_timestamp", "event_name")


@dataclass
class Deliveries:
    """The day files of a folder: one file per day, and what was odd about the others."""

    days: dict[date, Path] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def each(self) -> list[tuple[date, Path]]:
        """The days and their files, oldest first."""
        return sorted(self.days.items())


def deliveries(folder: Path) -> Deliveries:
    """Finds the day files. Of two deliveries of one day only one is taken, Parquet before JSON, so that no event counts twice.

    Raises SourceError where the folder is missing or holds no day file.
    """
    if not folder.is_dir():
        raise SourceError("ga4", "events", f"there is no folder {folder}.", "Check the path, or let the export write there.")
    found = Deliveries()
    for path in sorted(folder.iterdir(), key=lambda path: (path.name.split(".", 1)[0], _rank(path), path.name)):
        name = _DAY_FILE.fullmatch(path.name)
        if name is None:
            if _NEXT_OF_KIN.fullmatch(path.name):
                found.warnings.append(f"{path.name}: looks like a second delivery of the day {path.name[7:15]} and is left out. Remove it.")
            elif path.name.startswith("events_intraday_"):
                found.warnings.append(f"{path.name}: intraday files are left out, their events come with the day's file.")
            continue
        day = _day(name[1])
        if day is None:
            found.warnings.append(f"{path.name}: {name[1]} is no date, the file is left out. Name it events_YYYYMMDD.")
        elif day in found.days:
            kept = found.days[day].name
            found.warnings.append(f"{path.name}: the day is delivered twice, {kept} is taken and this file left out. Remove one of them.")
        else:
            found.days[day] = path
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


def _day(digits: str) -> date | None:
    try:
        return datetime.strptime(f"{digits}+0000", "%Y%m%d%z").date()
    except ValueError:
        return None
