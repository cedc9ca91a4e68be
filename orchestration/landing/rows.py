"""Lands tables made of rows: from a database, or from an API. Reads from where the landed files end, writes only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.rules import judge
from orchestration.landing.zone import UNFINISHED, Landing, connect, naive, quoted
from orchestration.sources import sql
from orchestration.sources.table import Progress, Row, Table, silent

BATCH_ROWS = 20_000


def land_sql(table: Table, url: str, landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands what changed in a database's table since the last landing; the first time, all of it.

    url: an SQLAlchemy URL. as_of: aware; the time that the new rows are stamped with. Raises SourceError where the table cannot be read.
    """
    landed = Landed(table.raw_name)
    since = landing.since(table)
    with closing(sql.batches(table, url, since, batch_rows=BATCH_ROWS, warn=landed.warnings.append)) as batches:
        return _land(table, batches, since, landing, as_of, landed, progress)


def land_rows(
    table: Table, rows: Iterable[Row], landing: Landing, as_of: datetime, *, since: datetime | None = None, progress: Progress = silent
) -> Landed:
    """Lands rows that an API gave, those left out that are landed already. Missing names are NULL, others are ignored.

    since: rows are known to be no older than this (the same value that the API was asked with); `None` compares with everything landed.
    """
    remaining = iter(rows)
    chunks = iter(lambda: list(islice(remaining, BATCH_ROWS)), [])
    batches = ([[sql.as_text(row.get(name)) for row in chunk] for name in table.column_names] for chunk in chunks)
    return _land(table, batches, since, landing, as_of, Landed(table.raw_name), progress)


def _land(
    table: Table,
    batches: Iterator[sql.Batch],
    since: datetime | None,
    landing: Landing,
    as_of: datetime,
    landed: Landed,
    progress: Progress,
) -> Landed:
    stamp = naive(as_of)
    landing.declare(table)
    landing.sweep(table)
    first = not landing.files(table)
    unfinished = landing.folder(table) / f".{table.name}{UNFINISHED}"
    writer: pq.ParquetWriter | None = None
    newest: datetime | None = None
    with connect() as connection, Quarantine(connection, landing, table, as_of) as quarantine:
        _remember(connection, table, since, landing)
        try:
            for columns in batches:
                connection.register("batch", _arrow(columns))
                connection.execute(f"create or replace temp table judged as {judge(table, as_of)}")
                quarantine.take("judged", landed)
                good = connection.sql(_fresh(table, stamp, first)).to_arrow_table()
                if good.num_rows:
                    if writer is None:
                        writer = pq.ParquetWriter(unfinished, good.schema, compression="zstd")
                    writer.write_table(good)
                    landed.rows += good.num_rows
                    connection.register("good", good)
                    newest = max(filter(None, (newest, _newest(connection, table, stamp))))
                    if not table.changes:
                        connection.execute(f"insert into landed select {_list(table.key)} from good")
                progress(f"{table.raw_name}: {landed.rows:,} rows")
            if writer is not None and newest is not None:
                writer.close()
                quarantine.keep()
                place = landing.folder(table) / _name(landing, table, newest)
                landing.put(unfinished, place)
                landed.files.append(place)
            else:
                quarantine.keep()
        finally:
            if writer is not None:
                writer.close()
            unfinished.unlink(missing_ok=True)
    landed.watermark = landing.watermark(table)
    return landed


def _remember(connection: duckdb.DuckDBPyConnection, table: Table, since: datetime | None, landing: Landing) -> None:
    """What new rows are compared with, as the table `landed`: the stretch that is read again, or all keys where a key comes only once."""
    if not table.changes:
        connection.execute(f"create temp table landed as select {_list(table.key)} from {landing.scan(table)}")
        return
    condition = f'"{table.watermark}" >= timestamp {quoted(naive(since))}' if since and table.watermark else "true"
    connection.execute(f"create temp table landed as select * from {landing.scan(table)} where {condition}")


def _fresh(table: Table, stamp: datetime, first: bool) -> str:
    """The good rows that are not landed yet. A row that differs in any column is a new version, unless the table's rows never change."""
    compared = table.column_names if table.changes else table.key
    same = " and ".join(f'landed."{name}" is not distinct from judged."{name}"' for name in compared)
    once = "" if table.changes else f"distinct on ({_list(table.key)})"
    return f"""
        select {once} {_list(table.column_names)}, timestamp {quoted(stamp)} as _landed_at, {first} as _is_backfill from judged
        where _reason is null {"" if first and table.changes else f"and not exists (select 1 from landed where {same})"}
    """


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _newest(connection: duckdb.DuckDBPyConnection, table: Table, stamp: datetime) -> datetime:
    if table.watermark is None:
        return stamp
    found = connection.execute(f'select max(least("{table.watermark}", _landed_at)) from good').fetchall()
    newest: datetime = found[0][0]
    return newest


def _name(landing: Landing, table: Table, newest: datetime) -> str:
    """Named by what is landed and what comes: the same extraction onto the same state has the same name, and replaces itself."""
    window = f"{newest.replace(tzinfo=UTC):%Y%m%dT%H%M%S}"
    numbers = [int(path.stem.rpartition("_")[2]) for path in landing.files(table) if path.name.startswith(f"{window}_")]
    return f"{window}_{max(numbers, default=0) + 1:06d}.parquet"


def _arrow(columns: sql.Batch) -> pa.Table:
    return pa.table([pa.array(values, pa.string()) for values in columns], names=[f"r{place}" for place in range(len(columns))])
