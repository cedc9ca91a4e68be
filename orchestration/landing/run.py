"""One landing of one table: judged batch by batch, written as one file that takes its place at the end or not at all.

A little longer than others, for the steps and their order are one thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.landing.keys import Keys, is_due, take_note, too_many
from orchestration.landing.known import Known
from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.retyped import stop_if_retyped
from orchestration.landing.rules import judge, judge_malformed
from orchestration.landing.unfinished import UnfinishedFile
from orchestration.landing.zone import Landing, connect, naive
from orchestration.sources.reading import Reading, batch, texts
from orchestration.sources.table import Progress, Table


@dataclass
class Wanted:
    """since: from where the reading is to begin (aware; `None`: everything). is_repeating: a row may come twice in one reading.
    gives_all_keys: the reading knows every key that the source has, so that deletes can be seen. deleted: keys, as text, that the source
    says are gone; asked for after the rows."""

    since: datetime | None
    is_repeating: bool = False
    gives_all_keys: bool = True
    deleted: Iterable[Sequence[str | None]] = ()


def land(table: Table, reading: Reading, landing: Landing, as_of: datetime, landed: Landed, progress: Progress, wanted: Wanted) -> Landed:
    """Lands what a reading gives; fills `landed`. One at a time for a table: another one waits."""
    with landing.alone(table):
        return _land(table, reading, landing, as_of, landed, progress, wanted)


def _land(table: Table, reading: Reading, landing: Landing, as_of: datetime, landed: Landed, progress: Progress, wanted: Wanted) -> Landed:
    landing.declare(table)
    landing.sweep(table)
    first = not landing.files(table)
    with connect() as connection, Quarantine(connection, landing, table, as_of) as quarantine, UnfinishedFile(landing, table) as file:
        known = Known(connection, landing, table, naive(as_of), reading.extras)
        is_compared = wanted.is_repeating or not first or not table.changes
        if is_compared:
            known.remember(wanted.since)
        run = _Run(connection, table, known, quarantine, file, as_of, landed, progress, first, is_compared)
        compares_keys = wanted.gives_all_keys and not first and is_due(landing, table, as_of)
        if compares_keys:
            run.see_keys(Keys(known, landing), reading)
        run.take(reading.read_rows(wanted.since))
        run.take_malformed(reading)
        stop_if_retyped(table, landed, quarantine.examples)
        if not first and (gone := list(wanted.deleted)):
            keys = run.keys or Keys(known, landing)
            keys.told(batch(list(zip(*gone, strict=True))))
            run.delete(keys)
        is_settled = run.keys is not None and run.compare(run.keys, reading)
        if reading.extras:
            landed.unknown_columns += reading.extras
            run.warn(
                f"column {', '.join(reading.extras)} is not declared; it is kept as text. Declare it in "
                f"orchestration/sources/{table.source}.py, or name it in left_out there."
            )
        quarantine.keep()
        place = file.put(run.newest or naive(as_of))
        landed.files += [place] if place is not None else []
    if is_settled:
        take_note(landing, table, as_of)
    landed.watermark = landing.watermark(table)
    return landed


@dataclass
class _Run:
    connection: duckdb.DuckDBPyConnection
    table: Table
    known: Known
    quarantine: Quarantine
    file: UnfinishedFile
    as_of: datetime
    landed: Landed
    progress: Progress
    first: bool
    is_compared: bool
    keys: Keys | None = None
    newest: datetime | None = None

    def take(self, batches: Iterator[pa.Table], only: str = "true") -> None:
        """Judges what comes, row by row as the rules say; only: a condition on the judged rows, the others are passed over."""
        query = (
            f"select *, {self.known.stamps(self.first)} from ({judge(self.table, self.as_of, self.known.extras)}) as judged where {only}"
        )
        for rows in batches:
            self.connection.register("batch", rows)
            judged = self.connection.sql(query).to_arrow_table()
            is_good = judged["_reason"].is_null()
            refused = judged.num_rows - pc.sum(is_good).as_py() if judged.num_rows else 0
            self.connection.register("judged", judged)
            if refused:
                self.quarantine.take("judged", self.landed)
            if self.keys is not None:
                self.keys.handle("judged")
            if self.is_compared:
                self._write(self.connection.sql(self.known.fresh("judged")).to_arrow_table())
            else:
                self._write((judged.filter(is_good) if refused else judged).select(self.known.landed_columns))
            self.progress(f"{self.table.raw_name}: {self.landed.rows:,} rows")

    def take_malformed(self, reading: Reading) -> None:
        """Lines and records that are no rows go to the quarantine as they came."""
        lines = list(reading.malformed())
        if lines:
            told = {name: texts([getattr(line, name) for line in lines]) for name in ("place", "fault", "text")}
            self.connection.register("malformed", pa.table(told))
            self.connection.execute(f"create or replace temp table no_rows as {judge_malformed(self.table)}")
            self.quarantine.take("no_rows", self.landed)
            if self.keys is not None:
                self.keys.note_refused("no_rows")
                self.keys.are_complete = reading.read_keys is not None

    def see_keys(self, keys: Keys, reading: Reading) -> None:
        """Takes in the keys that the source has, before its rows."""
        self.keys = keys
        for part in reading.read_keys() if reading.read_keys is not None else ():
            keys.see(part)

    def compare(self, keys: Keys, reading: Reading) -> bool:
        """Reads what was missed, and deletes what is gone. Whether that is settled for now; else the next run compares again."""
        if reading.read_keys is not None:
            self.landed.missed = keys.missed()
            if self.landed.missed:
                self.take(reading.read_rows(None), keys.is_missed)
        lacking = reading.lacking() if keys.are_complete else "the rows that are gone may be the lines that cannot be read"
        if lacking:
            self.warn(f"deletes are not looked for, since {lacking}.")
            return False
        gone, live, present = keys.vanished()
        if gone and reading.is_paged:  # gone is what two readings lack
            self.see_keys(keys, reading)
            gone, live, present = keys.vanished()
        refusal = too_many(self.table, gone, live, present)
        if refusal:
            self.warn(refusal)
            self.landed.withheld = gone
        else:
            self.delete(keys)
        return not refusal

    def delete(self, keys: Keys) -> None:
        """Writes a version, deleted, for each key that is gone."""
        rows = self.connection.sql(keys.deletions()).to_arrow_table()
        self.landed.deleted += rows.num_rows
        self._write(rows, is_deletion=True)

    def warn(self, words: str) -> None:
        """Says what is worth a look."""
        self.landed.warnings.append(f"{self.table.source}.{self.table.name}: {words}")

    def _write(self, rows: pa.Table, *, is_deletion: bool = False) -> None:
        if not rows.num_rows:
            return
        self.file.write(rows)
        self.newest = max(filter(None, (self.newest, self._reaches(rows))), default=None)
        if not is_deletion:
            self.landed.rows += rows.num_rows
            self.connection.register("written", rows)
            self.landed.returned += self.known.returned("written")
            if self.is_compared:
                self.known.learn("written")

    def _reaches(self, rows: pa.Table) -> datetime | None:
        marks: list[datetime | None] = [pc.max(rows[name]).as_py() for name in (self.table.watermark, "_landed_at") if name]
        return min(mark for mark in marks if mark is not None)
