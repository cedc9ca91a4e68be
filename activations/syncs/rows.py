"""Rows that are too many to hold: a Parquet file, an Arrow file or an Arrow table, read in batches, only the columns that are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

_ROWS_AT_ONCE = 65_536
ARROW = ".arrow"
Positions = np.ndarray[tuple[int], np.dtype[np.int64]]


class Rows:
    """`source` is a table, or the path of a Parquet file or (by its ending) an Arrow one. Positions count from 0 in its order."""

    def __init__(self, source: pa.Table | Path) -> None:
        self._source = source
        if isinstance(self._source, Path) and self._source.suffix == ARROW:
            with ipc.open_file(self._source) as arrow:
                self.schema: pa.Schema = arrow.schema.remove_metadata()
                self.count: int = arrow.count_rows()
        elif isinstance(self._source, Path):
            with pq.ParquetFile(self._source) as file:
                self.schema, self.count = file.schema_arrow.remove_metadata(), file.metadata.num_rows
        else:
            self.schema, self.count = self._source.schema.remove_metadata(), self._source.num_rows

    def batches(self, names: Sequence[str], size: int = _ROWS_AT_ONCE) -> Iterator[pa.RecordBatch]:
        """The columns `names`, in that order, in batches of at most `size` rows."""
        if isinstance(self._source, Path) and self._source.suffix == ARROW:
            for batch in self._arrow(self._source, names):
                yield from (batch.slice(start, size) for start in range(0, batch.num_rows, size))
        elif isinstance(self._source, Path):
            with pq.ParquetFile(self._source, memory_map=True, pre_buffer=False) as file:
                for batch in file.iter_batches(size, columns=list(names), use_threads=False):
                    yield batch.select(names)
        else:
            yield from self._source.select(names).to_batches(max_chunksize=size)

    def _arrow(self, path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        options = ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(name) for name in names], use_threads=False)
        with pa.memory_map(str(path)) as source, ipc.open_file(source, options=options) as file:
            for number in range(file.num_record_batches):
                yield file.get_batch(number).select(names)

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
                first, count = int(positions[low]) - start, int(high - low)
                is_run = int(positions[high - 1]) - start - first == count - 1
                yield batch.slice(first, count) if is_run else batch.take(pa.array(positions[low:high] - start))
            start += batch.num_rows

    def taken(self, positions: Positions, names: Sequence[str]) -> pa.Table:
        """The rows at these ascending positions, in memory."""
        return pa.Table.from_batches(self.at(positions, names), schema=pa.schema([self.schema.field(name) for name in names]))

    def whole(self, names: Sequence[str]) -> pa.Table:
        """All rows, in memory."""
        if isinstance(self._source, Path) and self._source.suffix == ARROW:
            schema = pa.schema([self.schema.field(name) for name in names])
            return pa.Table.from_batches(self._arrow(self._source, names), schema=schema)
        return self._source.select(names) if isinstance(self._source, pa.Table) else pq.read_table(self._source, columns=list(names))


def as_mappings(batch: pa.RecordBatch) -> Iterator[Mapping[str, Any]]:
    """One mapping per row. As `to_pylist` would give, faster."""
    columns = [column.to_pylist() for column in batch.columns]
    names = batch.schema.names
    if not columns:
        return iter({} for _ in range(batch.num_rows))
    # without a line of Python for each row: there may be millions
    return map(dict, map(partial(zip, names), zip(*columns, strict=True)))
