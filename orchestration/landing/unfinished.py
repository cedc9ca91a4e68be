"""One file of a landing while it is written: seen by nobody until it is whole, and gone if it never is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.zone import UNFINISHED, Landing
from orchestration.sources.table import Table

#: Rows are gathered up to this many bytes before they are written, so that small batches make no small row groups.
GROUP_BYTES = 32 * 2**20


class UnfinishedFile:
    """Takes rows, all with the same columns; `put` gives them their place."""

    def __init__(self, landing: Landing, table: Table) -> None:
        self._landing = landing
        self._table = table
        self._path = landing.folder(table) / f".{table.name}{UNFINISHED}"
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self.rows = 0

    def __enter__(self) -> UnfinishedFile:
        return self

    def write(self, rows: pa.Table) -> None:
        """Adds rows."""
        if not rows.num_rows:
            return
        self.rows += rows.num_rows
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._waiting.append(rows.cast(self._writer.schema))
        if sum(part.nbytes for part in self._waiting) >= GROUP_BYTES:
            self._flush()

    def put(self, newest: datetime) -> Path | None:
        """Gives the file its place; `None` where nothing was written. newest: naive UTC, up to where its rows reach."""
        if self._writer is None:
            return None
        self._flush()
        self._writer.close()
        self._writer = None
        place = self._join() or self._landing.folder(self._table) / self._name(newest)
        self._landing.put(self._path, place)
        return place

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()
        self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._writer is not None and self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting = []

    def _join(self) -> Path | None:
        """Adds the rows of the newest landed file, where it is small enough, and gives its place, so that the two become one in the moment
        of a renaming: whoever is killed before or after it leaves each row once."""
        files = self._landing.files(self._table) if self.rows < self._landing.small_rows else []
        newest = max(files, key=lambda path: path.stat().st_mtime_ns, default=None)
        if newest is None or pq.read_metadata(newest).num_rows + self.rows > self._landing.small_rows:
            return None
        before, new = pq.read_table(newest), pq.read_table(self._path)
        if before.schema.remove_metadata() != new.schema.remove_metadata():
            return None
        pq.write_table(pa.concat_tables([before, new]), self._path, compression="zstd")
        return newest

    def _name(self, newest: datetime) -> str:
        """Named by what is landed and what comes: the same extraction onto the same state has the same name, and replaces itself."""
        window = f"{newest.replace(tzinfo=UTC):%Y%m%dT%H%M%S}"
        files = self._landing.files(self._table)
        numbers = [int(path.stem.rpartition("_")[2]) for path in files if path.name.startswith(f"{window}_")]
        return f"{window}_{max(numbers, default=0) + 1:06d}.parquet"
