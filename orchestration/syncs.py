"""The audiences to the lists at the providers: exported once as files, then synced from these, with no connection to the warehouse open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from activations.destination import Destination
from activations.ledger import Ledger
from activations.syncs.changes import Mode
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.side_by_side import Task, sync_all
from activations.syncs.snapshots import Snapshots
from orchestration.delivery_policy import SyncRule
from orchestration.landing.zone import naive, quoted
from orchestration.resources import Folders
from orchestration.warehouse import Warehouse

#: What tells a provider of somebody who joined: once for each person and audience, for ever.
_APPENDED = "audience || ':' || profile_id as row_id, audience as event, {at} as occurred_at, * exclude (audience, row_hash)"


@dataclass(frozen=True, slots=True)
class Exported:
    """The audiences as files, below `folder`. members: how many by audience; held: those that wait for a person, and are not exported;
    approved: those whose removals somebody allowed."""

    folder: Path
    members: Mapping[str, int] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()

    def file(self, audience: str, mode: str) -> Path:
        """The file that a sync of this mode reads."""
        return self.folder / f"{audience}{'.events' if mode == 'append' else ''}.parquet"


def export_audiences(warehouse: Warehouse, folder: Path, rules: Iterable[SyncRule], at: datetime, only: Iterable[str] = ()) -> Exported:
    """Writes each audience that a rule is about as Parquet, whole and renamed into place; an empty audience is a file without rows. Opens
    the warehouse for this alone. only: these audiences; all, where none is named. The files hold addresses."""
    rules, folder = list(rules), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with warehouse.open() as connection:
        query = "select table_name from information_schema.tables where table_schema = 'audiences' order by 1"
        named = [name for (name,) in connection.sql(query).fetchall() if not only or name in only]
        held = {name for (name,) in connection.sql("select campaign from decisions.spikes where kind = 'membership'").fetchall()}
        approved = connection.execute(
            "select campaign from staging.stg_operator__approvals where expires_at > $now", {"now": naive(at)}
        ).fetchall()
        exported = Exported(folder, {}, frozenset(held & {*named}), frozenset(name for (name,) in approved))
        members = dict.fromkeys((name for name in named if name not in held), 0)
        for name in members:
            for mode in {rule.mode == "append": rule.mode for rule in rules if rule.takes(name)}.values():
                columns = _APPENDED.format(at=f"timestamp {quoted(naive(at))}") if mode == "append" else "* exclude (audience)"
                members[name] = _write(connection, name, columns, exported.file(name, mode))
    return Exported(folder, members, exported.held, exported.approved)


def _write(connection: duckdb.DuckDBPyConnection, audience: str, columns: str, path: Path) -> int:
    unfinished = path.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    query = f"select {columns} from decisions.memberships where audience = {quoted(audience)} order by profile_id"
    (rows,) = connection.execute(f"copy ({query}) to {quoted(unfinished)} (format parquet)").fetchall()[0]
    unfinished.replace(path)
    return int(rows)


def sync_audiences(
    exported: Exported,
    rules: Iterable[SyncRule],
    destinations: Mapping[str, Destination],
    folders: Folders,
    ledger_url: str,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
) -> list[SyncReport]:
    """Syncs each exported audience with each destination whose rule is about it. Destinations work side by side, the lists of each
    one after the other."""
    tasks = []
    for rule in rules:
        for name in (name for name in exported.members if rule.takes(name)):
            # whoever let it go has seen whom it takes off
            guard = RemovalGuard(is_off=name in exported.approved and exported.members[name] > 0)
            tasks.append(Task(name, destinations[rule.destination], exported.file(name, rule.mode), Mode(rule.mode), guard))
    ledger = Ledger(ledger_url)
    try:
        return sync_all(tasks, Snapshots(folders.acknowledged, ledger), clock, progress)
    finally:
        ledger.close()
