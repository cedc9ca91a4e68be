"""The tick's own DuckDB: `warehouse`, in memory, has the tables of a tick; `kept`, in a file, what landed and what the last run left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.landing.zone import quoted
from orchestration.replay.project import Project


def kept_in(folder: Path, project: Project, settings: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """A connection with both, all schemas in them, and the seeds as the project has them. folder: a private one, for the file."""
    connection = duckdb.connect(config=dict(settings))
    connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false; attach ':memory:' as warehouse")
    connection.execute(f"attach {quoted(folder / 'kept.duckdb')} as kept; use warehouse")
    stages = {model.stage for model in project.models.values()} | {table.split(".")[0] for table in project.landed} | {"left", "concerned"}
    for schema in sorted(stages):
        connection.execute(f"create schema if not exists warehouse.{schema}; create schema if not exists kept.{schema}")
    connection.execute(f"attach {quoted(project.folder / 'warehouse.duckdb')} as sown (read_only)")
    for model in project.models.values():
        if model.stage == "seeds":
            connection.execute(f"create table warehouse.{model.table} as from sown.{model.table}")
    connection.execute("detach sown")
    return connection


def whole_second(instant: datetime) -> datetime:
    """The instant as SQL is given it, UTC without a zone: at the end of its second, in which something may have landed."""
    at = instant.astimezone(UTC).replace(tzinfo=None)
    return at.replace(microsecond=0) + timedelta(seconds=1) if at.microsecond else at


def state_of(path: Path) -> tuple[int, ...]:
    """What is another when a file is."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
