"""The GA4 export's folder: one Parquet file a day, written beside and renamed, so that a day is old or new, never half.

Events come chunk by chunk, each over all days. What does not fit the memory waits in parts, a file for each day and
flush, and is joined at the end: no more than one day's file is ever open.
"""

import shutil
from datetime import datetime
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from demo.shop.clock import DAY, moment
from demo.shop.ga4_schema import ga4_schema

_BUFFER = 200_000  # events held before they are set down in parts


def day_file(folder: Path, day: datetime) -> Path:
    """Where the events of a UTC day lie."""
    return folder / "ga4" / f"events_{day:%Y%m%d}.parquet"


class DayFiles:
    """The files of some days, filled piece by piece and put in place together when all went well."""

    def __init__(self, folder: Path, first_day: int, last_day: int, *, buffer: int = _BUFFER) -> None:
        """`first_day` to `last_day`, both included, are days since 1970; `buffer` is a number of events."""
        self.days = range(first_day, last_day + 1)
        self.rows = 0
        self._buffer = buffer
        self._pieces: dict[int, list[pa.Table]] = {day: [] for day in self.days}
        self._held = 0
        self._flushes = 0
        self._files = {day: day_file(folder, moment(day * DAY)) for day in self.days}
        self._parts = folder / "ga4.parts"
        (folder / "ga4").mkdir(parents=True, exist_ok=True)

    def add(self, table: pa.Table) -> None:
        """Events of the days, in order of time."""
        stamps = table.column("event_timestamp").to_numpy()
        edges = np.searchsorted(stamps, [day * DAY for day in (*self.days, self.days.stop)])
        for day, first, last in zip(self.days, edges[:-1], edges[1:], strict=True):
            if last > first:
                self.add_to(day, table.slice(first, last - first))

    def add_to(self, day: int, table: pa.Table) -> None:
        """Rows for one day, whatever their time says."""
        self._pieces[day].append(table)
        self._held += table.num_rows
        self.rows += table.num_rows
        if self._held >= self._buffer:
            self._set_down()

    def _set_down(self) -> None:
        for day, pieces in self._pieces.items():
            if pieces:
                part = self._parts / str(day) / f"{self._flushes:06d}.parquet"
                part.parent.mkdir(parents=True, exist_ok=True)
                pq.write_table(pa.concat_tables(pieces), part)
                pieces.clear()
        self._flushes += 1
        self._held = 0

    def _join(self, day: int) -> None:
        """Write a day's file beside its place: first the parts, in the order in which they came, then what is held."""
        pieces = [ga4_schema().empty_table()]
        with pq.ParquetWriter(self._partial(day), ga4_schema(), compression="snappy") as writer:
            for part in sorted((self._parts / str(day)).glob("*.parquet")):
                pieces.append(pq.read_table(part))
                if sum(piece.num_rows for piece in pieces) >= self._buffer // 4:
                    writer.write_table(pa.concat_tables(pieces))
                    pieces.clear()
            if pieces := [*pieces, *self._pieces[day]]:
                writer.write_table(pa.concat_tables(pieces))

    def _partial(self, day: int) -> Path:
        return self._files[day].with_suffix(".parquet.partial")

    def __enter__(self) -> "DayFiles":
        shutil.rmtree(self._parts, ignore_errors=True)  # of a run that was killed
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Join the parts and put the files in place; after an error leave the old ones."""
        try:
            if kind is None:
                for day in self.days:
                    self._join(day)
                for day in self.days:
                    self._partial(day).replace(self._files[day])
        finally:
            shutil.rmtree(self._parts, ignore_errors=True)
            for day in self.days:
                self._partial(day).unlink(missing_ok=True)
