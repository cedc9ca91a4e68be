"""A small warehouse of rows: landed as the sources land them, built by dbt in this process, asked with SQL. One file for all."""

import functools
import gc
import hashlib
import json
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from orchestration.assets.landed import LANDED
from orchestration.building import FAST
from orchestration.joined_tests import joined
from orchestration.landing import Landing, land_ga4, land_rows
from orchestration.lean_dbt import lean
from orchestration.sources import ga4
from orchestration.sources.table import Row, Table

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).parents[2] / "dbt_project"

#: Figures that are written into queries, and say nothing of which models there are and what they read: all may share one reading.
FIGURES = frozenset({"training_people", "never_recommended", "identity_across_brands", "interest_weights", "interest_half_life_days"})

#: A made-up event's columns, and the place of each in the export.
EVENT = {
    "event_date": "strftime(event_at, '%Y%m%d')",
    "event_timestamp": "epoch_us(event_at)",
    "event_name": "event_name",
    "event_params": """[
        {'key': 'ga_session_id', 'value': {'string_value': null::varchar, 'int_value': session_id::bigint, 'float_value': null::double,
            'double_value': null::double}},
        {'key': 'source', 'value': {'string_value': source::varchar, 'int_value': null::bigint, 'float_value': null::double,
            'double_value': null::double}}]""",
    "event_bundle_sequence_id": "number",  # no two made-up events are copies of each other
    "user_id": "user_id",
    "user_pseudo_id": "user_pseudo_id",
    "items": """case when item_id is null then [] else [struct_pack(item_id := item_id::varchar, item_name := 'Item ' || item_id)] end""",
    "device": "case when device is not null then struct_pack(category := device::varchar) end",
}
EVENT_COLUMNS = ("event_at", "event_name", "user_pseudo_id", "user_id", "session_id", "source", "item_id", "device")


def share(text: str) -> float:
    """The stable number of [0, 1) that groups are drawn by, computed without the warehouse: whole percents first, then the rest."""
    rest, percent = divmod(int(md5(text)[:8], 16), 100)
    return (percent + rest / 42949673) / 100


def md5(text: str) -> str:
    """The digest in hexadecimal."""
    return hashlib.md5(text.encode()).hexdigest()


def _settings(variables: str, folder: Path) -> list[str]:
    place = {"project-dir": PROJECT, "profiles-dir": PROJECT, "target-path": folder / "target", "log-path": folder, "vars": variables}
    return ["--quiet", *(text for name, value in place.items() for text in (f"--{name}", str(value)))]


@functools.cache
def parsed(variables: str) -> "Manifest":
    """The project as dbt reads it, for all builds of these variables: the same for every folder and day, which dbt would read anew for."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    with tempfile.TemporaryDirectory() as folder, lean():
        ended = dbtRunner().invoke(["parse", *_settings(variables, Path(folder))])
    assert ended.success, ended.exception
    assert isinstance(ended.result, Manifest)
    return ended.result


@functools.cache
def parsed_and_joined(variables: str) -> "Manifest":
    """The same with the tests of each model asked at once, as a run asks them."""
    return joined(parsed(variables)).manifest


class Warehouse:
    """One data folder: `land` as often as days pass, `build`, ask with `frame`. All times are naive UTC.

    systems, variables: those of dbt_project.yml, where they are to be others.
    """

    def __init__(self, folder: Path, systems: Sequence[str] = (), **variables: object) -> None:
        self.folder = folder
        self.systems = tuple(systems)
        self.variables = variables
        self.landing = Landing(folder / "landing")
        self.landing.declare(*LANDED.values())
        self.events: list[dict[str, object]] = []

    def land(self, table: Table, rows: Iterable[Row], as_of: datetime) -> None:
        """Lands rows as an extraction at `as_of` would; the first of a table is its backfill. None may be refused."""
        landed = land_rows(table, rows, self.landing, as_of.replace(tzinfo=UTC))
        assert not landed.quarantined, f"made-up rows must be good: {landed}"

    def land_events(self, events: Iterable[dict[str, object]], as_of: datetime) -> None:
        """Adds website events (EVENT_COLUMNS) and delivers the days that they fall on again, whole."""
        new = [{"number": len(self.events) + place, **event} for place, event in enumerate(events)]
        self.events += new
        days = {event["event_at"].date() for event in new}  # type: ignore[attr-defined]
        export = self.folder / "export"
        export.mkdir(exist_ok=True)
        frame = pd.DataFrame(self.events).reindex(columns=["number", *EVENT_COLUMNS])
        frame[["user_id", "source", "item_id", "device"]] = frame[["user_id", "source", "item_id", "device"]].astype("string")
        with duckdb.connect() as connection:
            connection.register("made", frame)
            columns = ", ".join(f"{place} as {name}" for name, place in EVENT.items())
            connection.execute(f"create table export ({ga4.EVENTS.definition})")
            connection.execute(f"insert into export by name select {columns} from made")
            for day in days:
                path = export / f"events_{day:%Y%m%d}.parquet"
                connection.execute(f"copy (from export where event_date = '{day:%Y%m%d}') to '{path}' (format parquet)")
        landed = land_ga4(export, self.landing, as_of.replace(tzinfo=UTC))
        assert not landed.failures and not landed.quarantined, f"made-up events must be good: {landed}"

    def build(self, as_of: datetime, *select: str, full_refresh: bool = False, unit_tests: bool = False, only: str = "build") -> None:
        """Builds and tests (only="run" or "seed": builds) the selected models in this process, by one parse shared by all."""
        from dbt.cli.main import dbtRunner

        # made-up people are alike by design: probable matches would join them beside the keys that these tests are about
        variables = {"matching": False} | ({"systems": list(self.systems)} if self.systems else {}) | self.variables
        arguments = [
            only,
            *_settings(json.dumps(variables), self.folder),
            "--select",
            *select,
            *(["--full-refresh"] if full_refresh else []),
        ]
        arguments += [] if only != "build" else FAST if unit_tests else [*FAST, "--exclude-resource-type", "unit_test"]
        with pytest.MonkeyPatch.context() as patch, lean():
            patch.setenv("REGULARS_DATA", str(self.folder))
            patch.setenv("REGULARS_AS_OF", f"{as_of:%Y-%m-%d %H:%M:%S}")
            shaping = {name: value for name, value in variables.items() if name not in FIGURES}
            ended = dbtRunner(manifest=parsed_and_joined(json.dumps(shaping))).invoke(arguments)
        failed = [
            f"{result.node.name}: {result.message}" for result in getattr(ended.result, "results", []) if result.status in ("error", "fail")
        ]
        assert ended.success, failed or ended.exception

    def let_go(self) -> None:
        """dbt holds its last connection open, beside which this process can open none that only reads."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
        gc.collect()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, between two builds."""
        return duckdb.connect(str(self.folder / "warehouse.duckdb"))

    def frame(self, query: str) -> pd.DataFrame:
        """The answer to a query; `from schema.table` will do."""
        with self.connect() as connection:
            return connection.execute(query).df()

    def rows(self, query: str) -> list[dict[str, object]]:
        """The same as dictionaries of plain Python values."""
        with self.connect() as connection:
            found = connection.execute(query)
            names = [head[0] for head in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def put(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Makes a table by hand, in place of the model of that name. columns: as in a CREATE TABLE."""
        made = list(rows)
        with self.connect() as connection:
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create or replace table {table} ({columns})")
            if made:
                frame = pd.DataFrame(made, columns=[part.split()[0] for part in columns.split(", ")], dtype=object)
                connection.register("made", frame)
                connection.execute(f"insert into {table} select * from made")


def order(order_id: str, ordered_at: datetime, **changes: object) -> dict[str, object]:
    """A paid order of 50 euros; `changes` say what is different."""
    return {
        "order_id": order_id,
        "status": "paid",
        "currency": "EUR",
        "total_amount": 50,
        "ordered_at": ordered_at,
        "updated_at": ordered_at,
        **changes,
    }


def dated(rows: Iterable[Row], at: datetime) -> list[Row]:
    """Records that were created at an instant, and not changed since."""
    return [{"created_at": at, "updated_at": at, **row} for row in rows]


def moment(*parts: int) -> datetime:
    """A time as it is stored: UTC without a zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]
