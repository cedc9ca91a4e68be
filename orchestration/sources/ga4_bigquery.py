"""The GA4 export where it is written: the tables of a BigQuery dataset, one a day.

`events_fresh_` tables (of the paid edition) repeat the others and are left out.
Source: https://support.google.com/analytics/answer/9358801 and https://support.google.com/analytics/answer/7029846
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from google.cloud import bigquery

from orchestration.sources.bigquery.dataset import Dataset
from orchestration.sources.bigquery.pages import ChangedError
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_delivery import Before, Deliveries, Fetched, day_of

#: A daily table changes for 72 hours after its day, which ends last at UTC-12.
YOUNG = timedelta(days=1, hours=12) + timedelta(hours=72)
#: A young table that shows no change is left alone for so long after it was read.
RESTED = timedelta(hours=1)
READS = 3  # of a table that changes while it is read
_ASKED_AT_ONCE = 8


def day_tables(dataset: Dataset, newest: int | None = None) -> Deliveries:
    """Finds the days' tables; of a day's own and its intraday one the former. newest: only of so many days, the last ones.
    Raises SourceError where there is none."""
    named: dict[date, tuple[str, bool]] = {}
    found = Deliveries()
    for name in sorted(dataset.table_names(), key=lambda name: ("intraday" in name, name)):
        try:
            read = day_of(name)
        except ValueError:
            found.warnings.append(f"{name}: its day is no date, the table is left out.")
            continue
        if read is not None and not read[2]:
            named.setdefault(read[0], (name, read[1]))
    if not named:
        remedy = "Check GA4_DATASET (analytics_ and the property's number), and that the property's BigQuery link exports daily."
        raise SourceError("ga4", "events", f"the dataset {dataset.project}.{dataset.name} holds no table events_YYYYMMDD.", remedy)
    named = dict(sorted(named.items())[-(newest or len(named)) :])
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        tables = pool.map(dataset.table, [name for name, _ in named.values()])
        for (day, (_, is_intraday)), table in zip(named.items(), tables, strict=True):
            if table is not None:
                found.days[day] = DayTable(day, is_intraday, dataset, table)
    return found


@dataclass(frozen=True)
class DayTable:
    """A day's table, as it was when the days were listed."""

    day: date
    is_intraday: bool
    dataset: Dataset
    table: bigquery.Table

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.table_id)

    def shown(self) -> str:
        """What BigQuery says of it: etag, time of change, rows, rows in the streaming buffer."""
        return state(self.table)

    def is_known(self, before: Before, as_of: datetime) -> bool:
        """It shows no change, and is old, or was read within the hour. Rows that still stream in show none: they are always read."""
        if before.state != state(self.table) or self.table.streaming_buffer is not None:
            return False
        is_old = as_of >= datetime.combine(self.day, time(), UTC) + YOUNG
        return is_old or (before.read_at is not None and timedelta(0) <= as_of - before.read_at < RESTED)

    @contextlib.contextmanager
    def fetched(self, scratch: Path) -> Iterator[Fetched]:
        """A copy of the table, all of it from one state: a table that changes meanwhile is read again."""
        try:
            yield Fetched(scratch, self._copied(scratch), is_parquet=True, is_copy=True)
        finally:
            scratch.unlink(missing_ok=True)

    def _copied(self, scratch: Path) -> str:
        fault = ""
        for _ in range(READS):
            table = self._now()
            grows = self.is_intraday or table.streaming_buffer is not None
            try:
                if not self.dataset.copy(table, scratch, grows=grows):
                    raise self._gone()
            except ChangedError as error:
                fault = str(error)
                continue
            # what grows is never at rest: the state from before the first page makes the next run read the rest
            if grows or state(self._now()) == state(table):
                return state(table)
            fault = "it was rewritten"
        remedy = "The day is left as it was; the next run reads it again."
        raise SourceError("ga4", self.name, f"it changed while it was read, {READS} times ({fault}).", remedy)

    def _now(self) -> bigquery.Table:
        table = self.dataset.table(self.name)
        if table is None:
            raise self._gone()
        return table

    def _gone(self) -> SourceError:
        remedy = "The day is left as it was; the next run sees what took its place."
        return SourceError("ga4", self.name, "it went away while it was read.", remedy)


def state(table: bigquery.Table) -> str:
    """What changes when the table's contents do."""
    buffered = table.streaming_buffer.estimated_rows if table.streaming_buffer is not None else ""
    return f"{table.table_id} {table.etag} {table.modified} {table.num_rows} {buffered}".strip()
