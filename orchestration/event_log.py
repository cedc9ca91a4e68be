"""Where Dagster writes down what happens in a run: its own SQLite files, kept open between two events.

Dagster's own storage opens and closes the file for each of the thousands of events of a run; the close empties the write-ahead log to the
disk and waits for it. A connection that stays open writes the same rows in a tenth of the time, and other processes read beside it.
What belongs to one event, or to one batch of them, is one transaction.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import AssetKey, EventLogEntry, EventLogRecord, StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData, deserialize_value
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from orchestration.event_rows import INDEXED, is_ours, write

#: So many files stay open at most: the index of all runs, and those of the runs that were asked for last.
OPEN_FILES = 8


class EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, one file a run and an index, with one connection to each that stays open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._begun: dict[str, Connection] = {}
        self._known_tables: set[str] = set()
        self._known_columns: set[str] = set()
        self._known_indexes: set[str] = set()
        super().__init__(base_dir, inst_data)
        self._db_lock = threading.RLock()  # type: ignore[assignment]  # what a transaction asks further is asked within it

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """home: DAGSTER_HOME, below which the files lie where Dagster itself would put them."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, str]) -> "EventLog":  # type: ignore[override]
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    @contextlib.contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard in self._begun:
                yield self._begun[shard]
                return
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                self._begun[shard] = connection
                try:
                    yield connection
                finally:
                    del self._begun[shard]

    def store_event(self, event: EventLogEntry) -> None:
        """Dagster writes an event of an asset or a check in several transactions."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Events of one run."""
        is_indexed = any(event.is_dagster_event and event.dagster_event_type in INDEXED for event in events)
        with contextlib.ExitStack() as transactions:
            run = transactions.enter_context(self.run_connection(events[0].run_id))
            index = transactions.enter_context(self.index_connection()) if is_indexed else None
            for event in events:
                if not is_ours(event):
                    super().store_event(event)
                    continue
                number = write(event, self._event_to_row(event), run, index)
                if index is not None and number and event.get_dagster_event().is_step_materialization:
                    self._store_asset_event_tags(index, [event], [number])

    def has_table(self, table_name: str) -> bool:
        """Asked for every event of a check, each time by another connection; what was once there stays."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            while len(self._engines) >= OPEN_FILES:
                self._engines.popitem(last=False)[1].dispose()
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _without_waiting)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Asked for every event of an asset, and three times for every asset that is looked up; what was once there stays."""
        if column_name not in self._known_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._known_columns.add(column_name)
        return column_name in self._known_columns

    def has_secondary_index(self, name: str) -> bool:
        """Asked twice for every asset that is looked up; what was once there stays."""
        if name not in self._known_indexes and super().has_secondary_index(name):
            self._known_indexes.add(name)
        return name in self._known_indexes

    def _get_latest_materialization_records(self, raw_asset_rows: Sequence[Any]) -> Mapping[AssetKey, EventLogRecord | None]:
        """Dagster looks for what versions of it wrote years ago too, where there is none of it."""
        found: dict[AssetKey, EventLogRecord | None] = {}
        for row in raw_asset_rows:
            key = AssetKey.from_db_string(row["asset_key"])
            record = deserialize_value(row["last_materialization"]) if row["last_materialization"] and not row["asset_details"] else None
            if key is None or not isinstance(record, EventLogRecord):
                return super()._get_latest_materialization_records(raw_asset_rows)
            found[key] = record
        return found

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _without_waiting(connection: Any, _: Any) -> None:
    """A power cut may cost the last events, never the file; a process that dies costs nothing."""
    connection.execute("pragma synchronous = normal")
