"""Lands logs that other parts of the product wrote as Parquet files: taken over in one file, and the logs are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from orchestration.landing.result import Landed
from orchestration.landing.zone import Landing, connect, naive, named, quoted
from orchestration.sources.table import Table


def land_logs(table: Table, logs: Sequence[Path], landing: Landing, as_of: datetime, names: Mapping[str, str]) -> Landed:
    """Lands the rows of all logs and deletes these. names: what a column of the table is called in the logs, where it differs. Each log
    is all rows that have one value in the table's first column, so that one that landed already, before a crash, is not landed twice."""
    landed = Landed(table.raw_name)
    with landing.alone(table), connect() as connection:
        landing.declare(table)
        landing.sweep(table)
        if logs:
            columns = ", ".join(
                f"cast({named(names.get(column.name, column.name))} as {column.type}) as {named(column.name)}" for column in table.columns
            )
            read = f"read_parquet([{', '.join(map(quoted, logs))}])"
            known = f"select {named(table.key[0])} from {landing.scan(table)}"
            query = f"""
                select *, timestamp {quoted(naive(as_of))} as _landed_at, false as _is_backfill, false as _is_deleted
                from (select {columns} from {read}) where {named(table.key[0])} not in ({known})
            """
            name = f"{naive(as_of):%Y%m%dT%H%M%S}-{logs[-1].name.partition('.')[0]}.parquet"
            with landing.writing(table, name) as unfinished:
                (written,) = connection.execute(f"copy ({query}) to {quoted(unfinished)} (format parquet, compression zstd)").fetchall()[0]
            landed.rows, landed.files = int(written), [landing.folder(table) / name]
        for log in logs:
            log.unlink()
    landed.watermark = landing.watermark(table)
    return landed
