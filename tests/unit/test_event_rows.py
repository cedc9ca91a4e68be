"""The rows of events: the same that Dagster's own storage would have written, whatever kind of event it is."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import EventLog


@dg.asset
def ball() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"weight": 3})


@dg.asset_check(asset=ball)
def is_round() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[ball], partitions_def=dg.StaticPartitionsDefinition(["left", "right"]))
def shoe() -> None: ...


@dg.asset_check(asset=ball)
def is_heavy() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"weight": 3})


@dg.asset(deps=[ball])
def torn(context: dg.AssetExecutionContext) -> None:
    context.log_event(dg.AssetObservation("ball", metadata={"is_torn": True}))
    raise RuntimeError("torn")


def rows(folder: Path) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    found = {}
    for file in sorted(folder.glob("*.db")):
        with contextlib.closing(sqlite3.connect(file)) as connection:
            for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                columns = [about[1] for about in connection.execute(f"pragma table_info({table})")]
                kept = ", ".join(f'"{column}"' for column in columns if column not in ("create_timestamp", "migration_completed"))
                found[file.name, table] = connection.execute(f"select {kept} from {table} order by 1").fetchall()
    return found


def test_its_files_hold_what_dagsters_own_storage_writes(tmp_path: Path) -> None:
    instance = dg.DagsterInstance.ephemeral()
    all_of_it = [ball, is_round, is_heavy, shoe]
    ran = [dg.materialize(all_of_it, instance=instance, partition_key="left") for _ in range(2)]
    ran.append(dg.materialize([ball, torn], instance=instance, raise_on_error=False))
    entries = [entry for run in ran for entry in instance.all_logs(run.run_id)]
    ours, own = EventLog(str(tmp_path / "ours")), SqliteEventLogStorage(str(tmp_path / "own"))
    for entry in entries:
        for log in (ours, own):
            log.store_event(entry)
    ours.dispose()
    own.dispose()
    written = rows(tmp_path / "ours")
    assert written == rows(tmp_path / "own")
    assert len(written["index.db", "asset_check_executions"]) == 4 and len(written["index.db", "asset_keys"]) == 3
