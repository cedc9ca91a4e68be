"""The rows that Dagster's SQLite files hold of an event, written with statements that are put together once.

Dagster's own storage puts three to five statements together for each event and turns the event to text for each of them, which takes longer
than all else about it. What is written is the same, row by row; what is rare in a run (`is_ours`) is left to Dagster's storage.
"""

import json
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._time import datetime_from_timestamp
from sqlalchemy import Connection, Insert, bindparam
from sqlalchemy.dialects.sqlite import insert

#: What is written to the index of all runs too.
INDEXED = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}
#: Of these a run has hundreds.
_MATERIALIZED, _TO_MATERIALIZE = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_CHECKED, _TO_CHECK = DagsterEventType.ASSET_CHECK_EVALUATION, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED

_EVENT = SqlEventLogStorageTable.insert()
_CHECK = AssetCheckExecutionsTable.insert()
_CHECK_DONE = AssetCheckExecutionsTable.update().where(
    AssetCheckExecutionsTable.c.asset_key == bindparam("of_asset"),
    AssetCheckExecutionsTable.c.check_name == bindparam("of_check"),
    AssetCheckExecutionsTable.c.run_id == bindparam("of_run"),
    AssetCheckExecutionsTable.c.partition.is_(None),
)


def _of_asset(*columns: str) -> Insert:
    new = insert(AssetKeyTable)
    return new.on_conflict_do_update(index_elements=["asset_key"], set_={name: new.excluded[name] for name in columns})


_ASSET_DONE = _of_asset("last_materialization", "last_run_id", "last_materialization_timestamp")
_ASSET_PLANNED = _of_asset("last_run_id", "last_materialization_timestamp")


def is_ours(event: EventLogEntry) -> bool:
    """Whether `write` writes all of it: what has no row in the index, and what an asset or a check of a run says that has no partitions."""
    kind = event.dagster_event_type
    if kind not in INDEXED:
        return True
    if event.dagster_event is None or not event.run_id or event.dagster_event.partition is not None:
        return False
    if kind == _TO_CHECK:
        return event.dagster_event.event_specific_data.partitions_subset is None  # type: ignore[union-attr]
    if kind == _TO_MATERIALIZE:
        return event.dagster_event.asset_materialization_planned_data.partitions_subset is None
    return kind in (_MATERIALIZED, _CHECKED)


def write(event: EventLogEntry, row: dict[str, Any], run: Connection, index: Connection | None) -> int | None:
    """Writes an event that is ours. row: what the tables of events hold of it; index: needed where it is in there, and returned is then
    its number in it."""
    run.execute(_EVENT, row)
    if event.dagster_event_type not in INDEXED or index is None:
        return None
    number = int(index.execute(_EVENT, row).lastrowid)
    said: Any = event.dagster_event.event_specific_data  # type: ignore[union-attr]
    if event.dagster_event_type in (_MATERIALIZED, _TO_MATERIALIZE):
        asset = {
            "asset_key": row["asset_key"],
            "last_run_id": event.run_id,
            "last_materialization_timestamp": datetime_from_timestamp(event.timestamp),
        }
        if event.dagster_event_type == _TO_MATERIALIZE:
            index.execute(_ASSET_PLANNED, asset)
        else:
            index.execute(_ASSET_DONE, asset | {"last_materialization": _record(number, row["event"])})
        return number
    about = {
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
    }
    status = AssetCheckExecutionRecordStatus
    check = {"asset_key": said.asset_key.to_string(), "check_name": said.check_name, "run_id": event.run_id, "partition": None}
    if event.dagster_event_type == _TO_CHECK:
        index.execute(_CHECK, about | check | {"execution_status": status.PLANNED.value})
        return number
    target = said.target_materialization_data
    about |= {
        "execution_status": (status.SUCCEEDED if said.passed else status.FAILED).value,
        "materialization_event_storage_id": target.storage_id if target else None,
    }
    key = {"of_asset": check["asset_key"], "of_check": check["check_name"], "of_run": check["run_id"]}
    if index.execute(_CHECK_DONE, about | key).rowcount == 0:
        index.execute(_CHECK, about | check)
    return number


def _record(number: int, event: str) -> str:
    """As Dagster writes an EventLogRecord."""
    return f'{{"__class__": "EventLogRecord", "event_log_entry": {event}, "storage_id": {json.dumps(number)}}}'
