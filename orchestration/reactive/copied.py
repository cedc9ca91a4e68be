"""What the last look reads of the warehouse, in a copy: a run may write the warehouse for minutes, and messages go meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.landing.zone import quoted
from orchestration.warehouse import Warehouse


class Copied:
    """A warehouse of few tables in a folder of its own, as the last run that ended left them.

    live: the warehouse. tables: `schema.name` of those wanted; one that is not there is left out.
    """

    def __init__(self, live: Warehouse, folder: Path, tables: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.warehouse = Warehouse(data=str(folder))
        self._live, self._place, self._tables = live, folder / "warehouse.duckdb", sorted(tables)
        self._seen: tuple[int, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether there is a copy yet, be it of a worker before this one."""
        return self._place.exists()

    def refresh(self) -> bool:
        """Takes the tables anew where the warehouse has changed and nobody writes it just now; never waits. Whether it did."""
        with self._live.at_once() as path:
            if path is None or (state := _state(path)) == self._seen:
                return False
            unfinished = self._place.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            with duckdb.connect(str(unfinished), config={"threads": "1"}) as connection:
                try:
                    connection.execute(f"attach {quoted(path)} as live (read_only)")
                except duckdb.IOException:  # somebody writes without the product's lock: dbt started by hand
                    return False
                known = "select table_schema || '.' || table_name from information_schema.tables where table_catalog = 'live'"
                there = {name for (name,) in connection.execute(known).fetchall()}
                for table in (table for table in self._tables if table in there):
                    connection.execute(f"create schema if not exists {table.split('.')[0]}")
                    connection.execute(f"create table {table} as from live.{table}")
        unfinished.replace(self._place)
        self._seen = state
        return True


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
