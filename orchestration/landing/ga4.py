"""Lands the GA4 export: a day's file or table in, one landed file a day out, read again whenever the delivery changed.

A day is replaced whole, whether it comes from the day's own delivery or from an intraday one: both land under one name, so that neither can
stand beside the other. An event that was there before keeps the time it first landed, so a late one, and it alone, carries its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

from orchestration.landing.ga4_columns import Columns
from orchestration.landing.ga4_known import known_days
from orchestration.landing.ga4_replace import DayLanding
from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.result import Landed
from orchestration.landing.zone import Landing, connect
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_delivery import Deliveries, day_of
from orchestration.sources.table import Progress, silent

#: Days landed at the same time. One day keeps hardly more than one processor busy.
WORKERS = 2


def land_ga4(folder: Path, landing: Landing, as_of: datetime, progress: Progress = silent, days: Collection[date] | None = None) -> Landed:
    """Lands the days of a folder of day files, as `land_export` does."""
    return land_export(lambda: ga4.deliveries(Path(folder)), landing, as_of, progress, days)


def land_export(
    find: Callable[[], Deliveries],
    landing: Landing,
    as_of: datetime,
    progress: Progress = silent,
    days: Collection[date] | None = None,
) -> Landed:
    """Lands the days whose delivery is new or changed; a day that cannot be read is left as it was, and the others go on.

    find: lists the deliveries. days: read just these, changed or not (a back-fill). `rows` counts the events of the days written.
    Raises SourceError where the export itself cannot be found.
    """
    landed = Landed(ga4.EVENTS.raw_name)
    landing.declare(ga4.EVENTS, QUARANTINE)
    with landing.alone(ga4.EVENTS):  # a back-fill beside the daily run
        found = find()
        landed.warnings += found.warnings
        landing.sweep(ga4.EVENTS)
        with connect() as connection:
            known = known_days(connection, landing)
            columns = Columns(connection, landing)
        landed.watermark = known.newest
        if not found.days:
            return landed  # what was there a moment ago went away
        until = known.backfill_until or f"{max(found.days):%Y%m%d}"
        wanted = sorted(found.days if days is None else set(days) & set(found.days))
        work = [DayLanding(landing, as_of, found.days[day], known, columns, until, is_forced=days is not None) for day in wanted]
        with ThreadPoolExecutor(WORKERS) as workers:
            for day, outcome in zip(wanted, workers.map(DayLanding.land, work), strict=True):
                if outcome is not None:
                    landed.add(outcome)
                    progress(f"{landed.table}: {day}, {landed.rows:,} events")
    for day in sorted(set(days or ()) - set(found.days)):
        remedy = "The day is left as it was; export it again." if day in known.days else "Export it, or leave it out of the back-fill."
        landed.failures.append(str(SourceError("ga4", f"events_{day:%Y%m%d}", "the export does not have this day.", remedy)))
    missing = ga4.gaps(set(found.days) | set(known.days))
    if missing and days is None:
        names = ", ".join(f"events_{day:%Y%m%d}" for day in missing[:5]) + (" and others" if len(missing) > 5 else "")
        landed.warnings.append(f"{len(missing)} days are missing in the middle: {names}. Export them again; they land when they come.")
    return landed


def landed_days(landed: Landed) -> list[date]:
    """The days that were written in a landing, in order."""
    found = (day_of(path.stem) for path in landed.files)
    return sorted(read[0] for read in found if read is not None)
