"""Rows that were refused on landing, kept as they came with the rule that refused them. A row is held once, however often it comes.

An entry is open until its row lands: mended here and replayed (replay.py), or superseded by a good version from the source.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow.parquet as pq

from orchestration.landing.result import Landed
from orchestration.landing.zone import UNFINISHED, Landing, naive, quoted
from orchestration.sources.table import Table, moment, text

QUARANTINE = Table(
    "quarantine",
    "rows",
    key=("quarantine_id",),
    event_time="quarantined_at",
    watermark=None,
    stamped=False,
    columns=(
        text("quarantine_id", required=True),
        text("source"),
        text("table_name"),
        text("row_key"),
        text("reason"),
        text("detail"),
        text("payload", personal=True),
        moment("quarantined_at"),
        text("state", values=("open", "replayed", "superseded")),
        moment("closed_at"),
        text("closed_by"),
        text("fixes", personal=True),
    ),
)


class Quarantine:
    """Takes the refused rows of one landing of `table`; `keep` puts them in place, before the good rows are.

    examples: of each rule up to three of the rows that are new here, as JSON.
    The file's name is made of the rows in it, and rows that are held already are left out, so a repeated landing adds nothing.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, as_of: datetime, part: str = "") -> None:
        self._connection = connection
        self._landing = landing
        self._table = table
        self._as_of = naive(as_of)
        self._name = "_".join(name for name in (table.raw_name, part) if name)
        self._digest = hashlib.md5(usedforsecurity=False)
        self._writer: pq.ParquetWriter | None = None
        self.examples: dict[str, list[str]] = {}
        folder = landing.folder(QUARANTINE)
        folder.mkdir(parents=True, exist_ok=True)
        self._unfinished: Path = folder / f".{self._name}{UNFINISHED}"
        landing.declare(QUARANTINE)
        self._unfinished.unlink(missing_ok=True)  # left by an interrupted landing of the same part
        connection.execute(
            f"create or replace temp table held as"
            f" select quarantine_id from {landing.scan(QUARANTINE)} where source = ? and table_name = ?",
            [table.source, table.name],
        )
        connection.execute("create or replace temp table taken as select quarantine_id from held limit 0")

    def __enter__(self) -> Quarantine:
        return self

    def take(self, judged: str, landed: Landed) -> None:
        """Takes the rows of the relation `judged` whose _reason is not NULL and that are not held yet; counts them in `landed`."""
        source, name = quoted(self._table.source), quoted(self._table.name)
        self._connection.execute(f"""
            create or replace temp table refused as
            select md5(concat_ws('|', {source}, {name}, _reason, _payload)) as quarantine_id,
                {source} as source, {name} as table_name, _row_key as row_key, _reason as reason, _detail as detail,
                cast(_payload as varchar) as payload, timestamp {quoted(self._as_of)} as quarantined_at, 'open' as state
            from {judged} where _reason is not null
        """)
        counts = "select reason, count(*), min(payload, 3) from refused where quarantine_id not in (from held) group by all order by all"
        for reason, rows, some in self._connection.execute(counts).fetchall():
            landed.quarantined[reason] += rows
            self.examples.setdefault(reason, some)
        fresh = self._connection.sql(
            "select distinct on (quarantine_id) * from refused"
            " where quarantine_id not in (from held) and quarantine_id not in (from taken) order by quarantine_id"
        ).to_arrow_table()
        if not fresh.num_rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._unfinished, fresh.schema, compression="zstd")
        self._writer.write_table(fresh)
        self._digest.update("".join(fresh["quarantine_id"].to_pylist()).encode())
        self._connection.execute("insert into taken select distinct quarantine_id from refused")

    def keep(self) -> None:
        """Puts what was taken in place. Must come before the good rows take theirs: a crash in between loses nothing then."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            place = self._unfinished.with_name(f"{self._name}_{self._digest.hexdigest()[:12]}.parquet")
            self._landing.put(self._unfinished, place)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
        self._unfinished.unlink(missing_ok=True)
