"""Lands the GA4 export: one file a day in, one landed file a day out, read again whenever the source file changed.

A day is replaced whole. An event that was there before keeps the time it first landed, so a late one, and it alone, carries its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.landing.ga4_day import read_day
from orchestration.landing.ga4_known import Fingerprint, known_days
from orchestration.landing.quarantine import QUARANTINE, Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.zone import Landing, connect, naive, quoted
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Progress, silent

#: Days landed at the same time. One day keeps hardly more than one processor busy.
WORKERS = 2


def land_ga4(folder: Path, landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands the days whose file is new or changed; a day that cannot be read is left as it was, and the others go on.

    `rows` counts the events of the days written. Raises SourceError where there is no folder or no day file.
    """
    landed = Landed(ga4.EVENTS.raw_name)
    found = ga4.deliveries(Path(folder))
    landed.warnings += found.warnings
    landing.declare(ga4.EVENTS, QUARANTINE)
    landing.sweep(ga4.EVENTS)
    with connect() as connection:
        known = known_days(connection, landing)
    landed.watermark = known.newest
    until = known.backfill_until or f"{max(found.days):%Y%m%d}"
    days = [
        _Day(landing, as_of, day, path, known.days.get(day), is_backfill=f"{day:%Y%m%d}" <= until, until=until)
        for day, path in found.each()
    ]
    with ThreadPoolExecutor(WORKERS) as workers:
        for day, outcome in zip(days, workers.map(_Day.land, days), strict=True):
            if outcome is not None:
                landed.add(outcome)
                progress(f"{landed.table}: {day.day}, {landed.rows:,} events")
    missing = ga4.gaps(set(found.days) | set(known.days))
    if missing:
        names = ", ".join(f"events_{day:%Y%m%d}" for day in missing[:5]) + (" and others" if len(missing) > 5 else "")
        landed.warnings.append(f"{len(missing)} days are missing in the middle: {names}. Export them again; they land when they come.")
    return landed


@dataclass(frozen=True)
class _Day:
    """One day to land: its delivery, and what is known of the one that landed before."""

    landing: Landing
    as_of: datetime
    day: date
    path: Path
    before: Fingerprint | None
    is_backfill: bool
    until: str

    def land(self) -> Landed | None:
        """Lands the day if its delivery is another than before; what cannot be read becomes a failure in the outcome."""
        outcome = Landed(ga4.EVENTS.raw_name)
        try:
            current = Fingerprint.of(self.path)
            if current.same_file(self.before):
                return None
            current = current.with_digest(self.path)
            if current.same_contents(self.before):
                return None
            with connect() as connection:
                self._replace(connection, current, outcome)
        except SourceError as error:
            outcome.failures.append(str(error))
        except (duckdb.Error, OSError) as error:
            fault = f"{str(error).splitlines()[0]}."
            outcome.failures.append(str(SourceError("ga4", self.path.name, fault, "The day is left as it was; deliver the file again.")))
        return outcome

    def _replace(self, connection: duckdb.DuckDBPyConnection, current: Fingerprint, outcome: Landed) -> None:
        name = f"events_{self.day:%Y%m%d}.parquet"
        place = self.landing.folder(ga4.EVENTS) / name
        stamp = f"timestamp {quoted(naive(self.as_of))}"
        found = read_day(connection, self.path, self.day, self.as_of, outcome.warnings)
        earlier = connection.execute(f"select count(*) from read_parquet({quoted(place)})").fetchall() if place.exists() else None
        had: int = earlier[0][0] if earlier else 0
        if found.bad:
            with Quarantine(connection, self.landing, ga4.EVENTS, self.as_of, part=f"{self.day:%Y%m%d}") as quarantine:
                quarantine.take(f"({found.bad_events})", outcome)
                quarantine.keep()
        if not found.good and (had or found.bad):
            raise SourceError(
                "ga4",
                self.path.name,
                f"it holds no good event of that day ({found.bad:,} bad).",
                "The day is left as it was; look at the file.",
            )
        if not found.good:
            outcome.warnings.append(f"{self.path.name}: an empty day, without a single event. If the shop was open, export it again.")
        if had and found.good < had * 0.9:
            outcome.warnings.append(
                f"{self.path.name}: holds {found.good:,} events where it had {had:,}. The day is replaced; check the export."
            )
        if had:
            same = " and ".join(f'fresh."{column}" is not distinct from earlier."{column}"' for column in ga4.EVENTS.key)
            keys = ", ".join(f'"{column}"' for column in ga4.EVENTS.key)
            events = f"""
                select fresh.*, coalesce(earlier._landed_at, {stamp}) as _landed_at, coalesce(earlier._is_backfill, false) as _is_backfill
                from ({found.good_events}) as fresh left join (
                    select {keys}, min(_landed_at) as _landed_at, arg_min(_is_backfill, _landed_at) as _is_backfill
                    from read_parquet({quoted(place)}) group by {keys}
                ) as earlier on {same}
            """
        else:
            events = f"select *, {stamp} as _landed_at, {self.is_backfill} as _is_backfill from ({found.good_events})"
        if Fingerprint.of(self.path) != Fingerprint(current.size, current.modified):
            raise SourceError("ga4", self.path.name, "it was rewritten while it was read.", "Nothing to do: the next run reads it again.")
        newest = found.newest.replace(tzinfo=UTC) if found.newest else None
        metadata = {
            "source_file": self.path.name,
            "source_size": current.size,
            "source_modified": current.modified,
            "source_sha256": current.digest,
            "backfill_until": self.until,
            "newest_event": newest.isoformat() if newest else "",
        }
        options = ", ".join(f"{key}: {quoted(value)}" for key, value in metadata.items())
        with self.landing.writing(ga4.EVENTS, name) as unfinished:
            connection.execute(f"copy ({events}) to {quoted(unfinished)} (format parquet, kv_metadata {{{options}}})")
        outcome.rows += found.good
        outcome.files.append(place)
        outcome.watermark = newest
