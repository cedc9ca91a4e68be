"""The folder of landed Parquet files: where a table lies, how a file gets there whole, up to where a table is known.

A little longer than others, for whoever reads or writes the zone needs all of it.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.landing.lock import HeldError, locked
from orchestration.sources.errors import SourceError, masked_person
from orchestration.sources.table import Table

SCHEMA_FILE = "_schema.parquet"
UNFINISHED = ".unfinished"


def naive(moment: datetime) -> datetime:
    """The same moment as it is stored: UTC without a time zone. Refuses a time whose zone is unknown."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give an aware time")
    return moment.astimezone(UTC).replace(tzinfo=None)


@functools.cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """One for the process: to open one takes 20 times as long as a connection to it. Never shared with a forked process."""
    return duckdb.connect()


def connect() -> duckdb.DuckDBPyConnection:
    """A connection of its own, in UTC, to the process's DuckDB in memory: temporary tables are private to it. To close it drops them."""
    connection = _database(os.getpid()).cursor()
    connection.execute("set timezone = 'UTC'")
    return connection


@functools.cache
def described(ddl: str) -> list[tuple[Any, ...]]:
    """Names and types of a table that is made with these columns, as DuckDB describes them; asked for all tables several times a run."""
    with connect() as connection:
        connection.execute(f"create or replace temp table declared ({ddl})")
        return connection.execute("describe declared").fetchall()


def quoted(text: object) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as SQL reads it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Landing:
    """A landing zone below `root`. One landing of a table at a time (`alone`); any number of readers. small_rows: what lands joins the
    newest file as long as both together have no more rows, so that many small landings make few files."""

    def __init__(self, root: Path, small_rows: int = 0) -> None:
        self.root, self.small_rows = Path(root), small_rows

    def folder(self, table: Table) -> Path:
        """The folder of the table's files."""
        return self.root / table.folder

    def files(self, table: Table) -> list[Path]:
        """The landed files of the table, in order of their names; without the empty schema file."""
        return sorted(path for path in self.folder(table).glob("*.parquet") if not path.name.startswith(("_", ".")))

    def scan(self, table: Table) -> str:
        """A SQL table expression over everything of the table, its empty schema file included."""
        return f"read_parquet({quoted(self.folder(table) / '*.parquet')}, union_by_name = true, hive_partitioning = false)"

    @contextlib.contextmanager
    def alone(self, table: Table, patience: float | None = None) -> Iterator[None]:
        """Holds the table for the block, across processes; waits for who holds it now, for `patience` seconds. Raises SourceError."""
        folder = self.folder(table)
        try:
            with locked(folder.with_name(f".{folder.name}.lock"), patience):
                yield
        except HeldError as held:
            remedy = "Nothing was landed here. Let that run end, or stop it: what it holds is free the moment it ends."
            raise SourceError(table.source, table.name, f"another run lands it just now (process {held.holder}).", remedy) from None

    def declare(self, *tables: Table) -> None:
        """Makes the tables readable before anything landed: an empty file with the exact types in each folder."""
        with connect() as connection:
            for table in tables:
                wanted = described(table.ddl)
                if self._is_declared(table, wanted, connection):
                    continue
                with self.alone(table):
                    if self._is_declared(table, wanted, connection):
                        continue  # another process did, meanwhile
                    self._retype(table, {name: kind for name, kind, *_ in wanted}, connection)
                    connection.execute(f"create or replace temp table declared ({table.ddl})")
                    with self.writing(table, SCHEMA_FILE) as unfinished:
                        connection.execute(f"copy declared to {quoted(unfinished)} (format parquet)")

    def _is_declared(self, table: Table, wanted: list[Any], connection: duckdb.DuckDBPyConnection) -> bool:
        try:
            found = connection.execute(f"describe from read_parquet({quoted(self.folder(table) / SCHEMA_FILE)})").fetchall()
        except duckdb.Error:  # there is none, or it is torn
            return False
        return found == wanted

    def _retype(self, table: Table, wanted: dict[str, str], connection: duckdb.DuckDBPyConnection) -> None:
        """Writes files anew in which a column has another type than is declared now: text, for it was not declared when it landed. One
        such file would make text of the column for all readers. A value that cannot be read so is NULL."""
        for place in self.files(table) if table.columns else ():
            found = {name: kind for name, kind, *_ in connection.execute(f"describe from read_parquet({quoted(place)})").fetchall()}
            wrong = [name for name, kind in found.items() if wanted.get(name, kind) != kind]
            if wrong:
                casts = ", ".join(f"try_cast({named(name)} as {wanted[name]}) as {named(name)}" for name in wrong)
                with self.writing(table, place.name) as unfinished:
                    query = f"select * replace ({casts}) from read_parquet({quoted(place)})"
                    connection.execute(f"copy ({query}) to {quoted(unfinished)} (format parquet, compression zstd)")

    @contextlib.contextmanager
    def writing(self, table: Table, name: str) -> Iterator[Path]:
        """A path to write `name` to: it takes its place in the table's folder when the block ends well, and vanishes otherwise."""
        folder = self.folder(table)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{name}{UNFINISHED}"
        try:
            yield unfinished
            self.put(unfinished, folder / name)
        finally:
            unfinished.unlink(missing_ok=True)

    def put(self, unfinished: Path, place: Path) -> None:
        """Renames a finished file into place, on disk for good: contents first, then the name."""
        _sync(unfinished)
        unfinished.replace(place)
        _sync(place.parent)

    def sweep(self, table: Table) -> None:
        """Removes what an interrupted landing left unfinished; finished files are never touched."""
        for leftover in self.folder(table).glob(f".*{UNFINISHED}"):
            leftover.unlink(missing_ok=True)

    def watermark(self, table: Table, **where: str) -> datetime | None:
        """Up to where the table is known: its newest watermark, but never later than the landing that brought it (a row dated in
        the future must not hide what happens until then). `where` narrows it to rows with such values, as `destination="klaviyo"`."""
        if table.watermark is None or not self.files(table):
            return None
        conditions = " and ".join(f'"{column}" = ?' for column in where) or "true"
        query = f'select max(least("{table.watermark}", _landed_at)) from {self.scan(table)} where {conditions}'
        with connect() as connection:
            found = connection.execute(query, list(where.values())).fetchall()
        newest: datetime | None = found[0][0]
        return newest.replace(tzinfo=UTC) if newest is not None else None

    def since(self, table: Table, **where: str) -> datetime | None:
        """From where the next extraction reads: the watermark less the table's overlap; `None` reads everything."""
        watermark = self.watermark(table, **where)
        return watermark - table.overlap if watermark is not None else None

    def count(self, table: Table) -> int:
        """Rows landed so far, every version of every row; 0 where nothing ever did."""
        if not self.files(table):
            return 0
        with connect() as connection:
            (rows,) = connection.sql(f"select count(*) from {self.scan(table)}").fetchall()[0]
        return int(rows)

    def sample(self, table: Table, limit: int = 5) -> list[dict[str, object]]:
        """A few rows of the newest file, personal values and those of undeclared columns masked; to look at, never for computing."""
        files = self.files(table)
        if not files:
            return []
        names = table.column_names or table.key
        public = {column.name for column in table.columns if not column.personal} if table.columns else set(names)
        with connect() as connection:
            found = connection.execute(f"select * from read_parquet({quoted(files[-1])}) limit {int(limit)}")
            heads = [head[0] for head in found.description or ()]
            rows = found.fetchall()
        shown = [place for place, head in enumerate(heads) if head in names or (table.columns and not head.startswith("_"))]
        return [{heads[place]: row[place] if heads[place] in public else masked_person(row[place]) for place in shown} for row in rows]
