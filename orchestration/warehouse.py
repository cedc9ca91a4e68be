"""The warehouse's file, and who may have it when: dbt alone to write, the others together to read."""

import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential


class Warehouse(dg.ConfigurableResource[None]):
    """The warehouse: dbt writes it, everything else reads it briefly. One writer or many readers at a time, over all runs.

    A lock of the operating system says so and not a Dagster pool: it vanishes with a killed process, where a pool's slot stays taken and
    the next run waits for ever.
    """

    data: str

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Alone with the warehouse for as long as the block runs; waits for who has it now."""
        with self._lock(fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection; leave the block soon. Waits for a writer to be done."""
        path = Path(self.data) / "warehouse.duckdb"
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist yet: materialise the warehouse first (make run)")
        with self._lock(fcntl.LOCK_SH), _connected(path) as connection:
            yield connection

    @contextlib.contextmanager
    def at_once(self) -> Iterator[Path | None]:
        """The file, to be read for as long as the block runs, if it is there and nobody writes it just now; leave the block soon."""
        path = Path(self.data) / "warehouse.duckdb"
        try:
            with self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB):
                yield path if path.exists() else None
        except BlockingIOError:
            yield None

    def read(self, query: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query as a frame."""
        with self.open() as connection:
            return connection.execute(query, list(parameters)).df()

    @contextlib.contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        with (Path(self.data) / "warehouse.lock").open("w") as handle:
            fcntl.flock(handle, kind)
            yield


@retry(
    retry=retry_if_exception(lambda error: isinstance(error, duckdb.IOException) and "valid DuckDB" not in str(error)),
    stop=stop_after_delay(60),
    wait=wait_random_exponential(multiplier=0.1, max=5),
    reraise=True,
)
def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    """Waits up to a minute for one who writes without the lock: dbt started by hand."""
    return duckdb.connect(str(path), read_only=True)
