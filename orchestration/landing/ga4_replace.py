"""Lands one day of the GA4 export in the place of what was there of it, or leaves it as it was."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.landing.ga4_columns import Columns
from orchestration.landing.ga4_day import Day, judge_day
from orchestration.landing.ga4_formats import Opened, comparable, open_parquet, retyped
from orchestration.landing.ga4_json import JsonDay
from orchestration.landing.ga4_known import Known, described
from orchestration.landing.ga4_text import readable
from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.zone import UNFINISHED, Landing, connect, naive, quoted
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_delivery import Before, Delivery, Fetched


@dataclass(frozen=True)
class DayLanding:
    """One day to land: its delivery, and what is known of what landed before. until: the last day of the first load (YYYYMMDD)."""

    landing: Landing
    as_of: datetime
    delivery: Delivery
    known: Known
    expected: Columns
    until: str
    is_forced: bool

    def land(self) -> Landed | None:
        """Lands the day if its delivery is another than before; what cannot be read becomes a failure in the outcome."""
        before = self.known.days.get(self.delivery.day)
        if before is not None and self.delivery.is_intraday and not before.is_intraday:
            return None  # the day's own delivery has all of it, wherever it is by now
        outcome = Landed(ga4.EVENTS.raw_name)
        try:
            if before is not None and not self.is_forced and self.delivery.is_known(before, self.as_of):
                return None
            with self.delivery.fetched(self._scratch("fetched")) as fetched:
                with fetched.path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                alike = before is not None and before.digest == digest and before.is_intraday == self.delivery.is_intraday
                if alike and not self.is_forced and not fetched.is_copy:
                    return None  # written again with the same contents
                with connect() as connection:
                    self._read(connection, fetched, digest, outcome)
        except SourceError as error:
            outcome.failures.append(str(error))
        except (duckdb.Error, OSError) as error:
            fault = f"{str(error).splitlines()[0]}."
            outcome.failures.append(str(SourceError("ga4", self.delivery.name, fault, "The day is left as it was; deliver it again.")))
        return outcome

    def _scratch(self, what: str) -> Path:
        return self.landing.folder(ga4.EVENTS) / f".events_{self.delivery.day:%Y%m%d}.{what}{UNFINISHED}"

    def _read(self, connection: duckdb.DuckDBPyConnection, fetched: Fetched, digest: str, outcome: Landed) -> None:
        name = self.delivery.name
        if fetched.is_parquet:
            before = self.known.columns_before(self.delivery.day, self.delivery.is_intraday)
            source = open_parquet(connection, fetched.path, name, self.expected, before, outcome.warnings)
            self._replace(connection, source, fetched, digest, outcome)
            return
        with contextlib.ExitStack() as copies:
            try:
                lines = JsonDay(connection, fetched.path, name, self.expected, outcome.warnings)
            except duckdb.InvalidInputException:  # not even lines: a byte among them is none of a text
                path = copies.enter_context(readable(fetched.path, name, self._scratch("text")))
                lines = JsonDay(connection, path, name, self.expected, outcome.warnings)
            if lines.is_sound:
                with contextlib.suppress(duckdb.InvalidInputException):
                    if self._replace(connection, lines.at_once(), fetched, digest, outcome):
                        return
            with lines.line_by_line(self._scratch("lines")) as source:
                self._replace(connection, source, fetched, digest, outcome)

    def _replace(self, connection: duckdb.DuckDBPyConnection, source: Opened, fetched: Fetched, digest: str, outcome: Landed) -> bool:
        """Whether the day is in place: not so where it was read in haste and has something to be told."""
        day, name = self.delivery.day, f"events_{self.delivery.day:%Y%m%d}.parquet"
        place = self.landing.folder(ga4.EVENTS) / name
        with comparable(source, self.delivery.name):
            found = judge_day(connection, source, self.delivery.name, day, self.as_of)
        if source.is_hasty and (found.bad or not found.good):
            return False
        if found.bad and not found.good and source.differences:
            raise retyped(source, self.delivery.name)
        had = self._count(connection, place)
        if found.bad:
            with Quarantine(connection, self.landing, ga4.EVENTS, self.as_of, part=f"{day:%Y%m%d}") as quarantine:
                quarantine.take(f"({found.bad_events})", outcome)
                quarantine.keep()
        if not found.good and (had or found.bad):  # it would lose all that it had
            fault = f"it holds no good event of that day ({found.bad:,} bad)."
            raise SourceError("ga4", self.delivery.name, fault, "The day is left as it was; look at the delivery.")
        newest = found.newest.replace(tzinfo=UTC) if found.newest else None
        metadata = {
            **described(self.delivery, fetched.state, digest, self.as_of, source.columns),
            "backfill_until": self.until,
            "newest_event": newest.isoformat() if newest else "",
        }
        options = ", ".join(f"{key}: {quoted(value)}" for key, value in metadata.items())
        with comparable(source, self.delivery.name), self.landing.writing(ga4.EVENTS, name) as unfinished:
            events = self._stamped(found, place if had else None)
            connection.execute(f"copy ({events}) to {quoted(unfinished)} (format parquet, kv_metadata {{{options}}})")
            fetched.confirm()
        self._doubt(found, had, outcome)
        self.known.days[day] = Before(fetched.state, digest, self.delivery.is_intraday, self.as_of, source.columns)
        outcome.rows += found.good
        outcome.files.append(place)
        outcome.watermark = newest
        return True

    def _count(self, connection: duckdb.DuckDBPyConnection, place: Path) -> int:
        return int(connection.execute(f"select count(*) from read_parquet({quoted(place)})").fetchall()[0][0]) if place.exists() else 0

    def _doubt(self, found: Day, had: int, outcome: Landed) -> None:
        """Says what is odd about the day."""
        name = self.delivery.name
        if not found.good:
            outcome.warnings.append(f"{name}: an empty day, without a single event. If the shop was open, export it again.")
        if had and found.good < had * 0.9:
            outcome.warnings.append(f"{name}: holds {found.good:,} events where it had {had:,}. The day is replaced; check the export.")
        if found.copies:
            outcome.warnings.append(f"{name}: {found.copies:,} events came twice and are landed once.")

    def _stamped(self, found: Day, earlier: Path | None) -> str:
        """The good events with the landing's own columns."""
        stamp = f"timestamp {quoted(naive(self.as_of))}"
        is_backfill = f"{self.delivery.day:%Y%m%d}" <= self.until
        if earlier is None:
            return f"select *, {stamp} as {ga4.DELIVERED}, {stamp} as _landed_at, {is_backfill} as _is_backfill from ({found.good_events})"
        same = " and ".join(f'fresh."{column}" is not distinct from earlier."{column}"' for column in ga4.EVENTS.key)
        keys = ", ".join(f'"{column}"' for column in ga4.EVENTS.key)
        return f"""
            select fresh.*, {stamp} as {ga4.DELIVERED}, coalesce(earlier._landed_at, {stamp}) as _landed_at,
                coalesce(earlier._is_backfill, false) as _is_backfill
            from ({found.good_events}) as fresh left join (
                select {keys}, min(_landed_at) as _landed_at, arg_min(_is_backfill, _landed_at) as _is_backfill
                from read_parquet({quoted(earlier)}) group by {keys}
            ) as earlier on {same}
        """
