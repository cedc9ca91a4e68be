"""All that was landed, in tables of one's own: a file that is new or another than before is taken in, the rest is there already.

A little longer than others, for the days of the GA4 export are part of the same thought: they are kept flattened, a day at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.landing.zone import named, quoted
from orchestration.reactive.keys import keys_in
from orchestration.replay.project import Project

#: What is kept of the GA4 export instead of its nested rows, the raw table that it alone reads, and the column that says of which day.
FLAT, NESTED, DAY = "staging.int_ga4_events_flattened", "raw.ga4_events", "export_digits"
_SCHEMA_FILE = "_schema.parquet"
_State = dict[Path, tuple[int, int, int]]


@dataclass
class Mirror:
    """Tables `kept.raw.*` (with `_file`) and `kept.staging.int_ga4_events_flattened`, filled by `take`.

    connection: with a database `kept` to write and one called `warehouse` of schemas. landing: the zone. raw: the raw tables wanted.
    """

    connection: duckdb.DuckDBPyConnection
    project: Project
    landing: Path
    raw: Iterable[str]
    _seen: dict[str, _State] = field(default_factory=dict)
    _columns: dict[str, list[str]] = field(default_factory=dict)

    def take(self, since: datetime) -> set[str]:
        """Takes in what landed meanwhile. What the rows that landed after `since` are about is added to the table `concerned.fresh`
        (kind, value: see keys.py). Returns the tables that are others than before."""
        return {table for table in sorted(self.raw) if self._take_table(table, since)}

    def columns(self, table: str) -> list[str]:
        """The columns of a kept raw table."""
        return self._columns[table]

    def _take_table(self, table: str, since: datetime) -> bool:
        pattern = self.landing / self.project.landed[table]
        found = _files(pattern.parent)
        if table == NESTED:
            return self._take_days(found, since)
        if table not in self._columns:
            self._declare(table, pattern.parent)
        seen = self._seen.setdefault(table, {})
        gone = [path for path, state in seen.items() if found.get(path) != state]
        new = [path for path, state in found.items() if seen.get(path) != state]
        names = ", ".join(map(named, self._columns[table]))
        if gone:
            theirs = f"_file in ({', '.join(quoted(path.name) for path in gone)})"
            self.connection.execute(f"create or replace temp table before as select {names} from kept.{table} where {theirs}")
            self.connection.execute(f"delete from kept.{table} where {theirs}")
        if new:
            files = ", ".join(quoted(path) for path in (*self._schema(table), *new))
            rows = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false, filename = true)"
            self.connection.execute(f"create or replace temp table taken as select {names}, parse_filename(filename) as _file from {rows}")
            # a file that grew has news in its new rows alone
            news = f"select {names} from taken where _landed_at > timestamp '{since}'" + (" except from before" if gone else "")
            # in this order a fault between them leaves nothing that the next time would take in twice
            self._note(table, f"({news})", self._columns[table])
            self.connection.execute(f"insert into kept.{table} by name from taken")
        self._seen[table] = found
        return bool(new or gone)

    def _schema(self, table: str) -> list[Path]:
        for root in (self.landing, self.project.folder / "landing"):
            place = (root / self.project.landed[table]).parent / _SCHEMA_FILE
            if place.exists():
                return [place]
        return []

    def _declare(self, table: str, folder: Path) -> None:
        files = ", ".join(quoted(path) for path in self._schema(table) or sorted(folder.glob("*.parquet")))
        query = f"from read_parquet([{files}], union_by_name = true, hive_partitioning = false) limit 0"
        self.connection.execute(f"create or replace table kept.{table} as {query}; alter table kept.{table} add column _file varchar")
        described = self.connection.execute(f"describe kept.{table}").fetchall()
        self._columns[table] = [str(row[0]) for row in described if row[0] != "_file"]

    def give_days(self, live: str) -> None:
        """Copies the days that a warehouse has flattened as they are landed now; which need no flattening here then."""
        columns = f"{DAY}, export_landed_at, export_rows_count"
        self.connection.execute(f"create table if not exists kept.{FLAT} as from {live}.{FLAT} limit 0")
        self.connection.execute(f"""
            create or replace temp table other_days as
            select distinct {columns} from {live}.{FLAT} except select distinct {columns} from kept.{FLAT}""")
        self.connection.execute(f"delete from kept.{FLAT} where {DAY} in (select {DAY} from other_days)")
        self.connection.execute(f"insert into kept.{FLAT} by name from {live}.{FLAT} where {DAY} in (select {DAY} from other_days)")

    def _take_days(self, found: _State, since: datetime) -> bool:
        seen = self._seen.setdefault(NESTED, {})
        new = [path for path, state in found.items() if seen.get(path) != state]
        known = dict(
            self.connection.execute(f"select {DAY}, (max(export_landed_at), max(export_rows_count)) from kept.{FLAT} group by 1").fetchall()
        )
        if not seen:  # the first time: what the warehouse had flattened need not be read again
            new = [path for path in new if not self._is_flat(path, known)]
        if new:
            files = ", ".join(quoted(path) for path in (*self._schema(NESTED), *new))
            rows = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
            self.connection.execute(f"create or replace view {NESTED} as from {rows}")
            sql = self.project.models["int_ga4_events_flattened"].sql
            self.connection.execute(f"create or replace temp table flat as {sql}")
            fresh = f"(select * from flat where ingested_at > timestamp '{since}' and event_id not in (select event_id from kept.{FLAT}))"
            self._note(FLAT, fresh, ["user_pseudo_id", "user_id"])
            self.connection.execute(f"delete from kept.{FLAT} where {DAY} in (select {DAY} from flat)")
            self.connection.execute(f"insert into kept.{FLAT} by name from flat")
        self._seen[NESTED] = found
        return bool(new)

    def _is_flat(self, path: Path, known: Mapping[str, object]) -> bool:
        files = ", ".join(quoted(one) for one in (*self._schema(NESTED), path))  # a file of before may lack a column
        rows = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
        query = f"select event_date, max(coalesce(_delivered_at, _landed_at)), count(*) from {rows} group by 1"
        return all(known.get(day) == (landed_at, rows) for day, landed_at, rows in self.connection.execute(query).fetchall())

    def _note(self, table: str, rows: str, columns: list[str]) -> None:
        for kind, value in keys_in(table, columns):
            self.connection.execute(f"insert into concerned.fresh select distinct '{kind}', {value} from {rows} where {value} is not null")


def _files(folder: Path) -> _State:
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        stats = [(Path(one.path), one.stat()) for one in entries if one.name.endswith(".parquet") and one.name[0] not in "._"]
    return {path: (stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in sorted(stats)}
