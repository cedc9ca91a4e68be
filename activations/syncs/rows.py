"""Rows that are too many to hold: a Parquet file or an Arrow table, read in batches, only the columns that are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_AT_ONCE = 65_536
Positions = np.ndarray[tuple[int], np.dtype[np.int64]]


class Rows:
    """`source` is the path of a Parquet file or a table. Positions count from 0 in its order."""

    def __init__(self, source: pa.Table | Path) -> None:
        self._source = source
        if isinstance(self._source, Path):
            with pq.ParquetFile(self._source) as file:
                self.schema: pa.Schema = file.schema_arrow.remove_metadata()
                self.count: int = file.metadata.num_rows
        else:
            self.schema, self.count = self._source.schema.remove_metadata(), self._source.num_rows

    def batches(self, names: Sequence[str], size: int = _ROWS_AT_ONCE) -> Iterator[pa.RecordBatch]:
        """The columns `names`, in that order, in batches of at most `size` rows."""
        if isinstance(self._source, Path):
            with pq.ParquetFile(self._source, memory_map=True, pre_buffer=False) as file:
                for batch in file.iter_batches(size, columns=list(names), use_threads=False):
                    yield batch.select(names)
        else:
            yield from self._source.select(names).to_batches(max_chunksize=size)

    def between(self, start: int, stop: int, names: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The rows from `start`, before `stop`, in batches, each with the position of its first row."""
        place = 0
        for batch in self.batches(names):
            low, high = max(start - place, 0), min(stop - place, batch.num_rows)
            if high > low:
                yield place + low, batch.slice(low, high - low)
            place += batch.num_rows
            if place >= stop:
                return

    def at(self, positions: Positions, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows at these ascending positions, in batches, some of which may be empty."""
        start = 0
        for batch in self.batches(names):
            low, high = np.searchsorted(positions, (start, start + batch.num_rows))
            if high > low:
                yield batch.take(pa.array(positions[low:high] - start))
            start += batch.num_rows

    def taken(self, positions: Positions, names: Sequence[str]) -> pa.Table:
        """The rows at these ascending positions, in memory."""
        return pa.Table.from_batches(self.at(positions, names), schema=pa.schema([self.schema.field(name) for name in names]))

    def whole(self, names: Sequence[str]) -> pa.Table:
        """All rows, in memory."""
        return self._source.select(names) if isinstance(self._source, pa.Table) else pq.read_table(self._source, columns=list(names))


def as_mappings(batch: pa.RecordBatch) -> Iterator[Mapping[str, Any]]:
    """One mapping per row. As `to_pylist` would give, faster."""
    columns = [column.to_pylist() for column in batch.columns]
    names = batch.schema.names
    if not columns:
        return iter({} for _ in range(batch.num_rows))
    # without a line of Python for each row: there may be millions
    return map(dict, map(partial(zip, names), zip(*columns, strict=True)))
