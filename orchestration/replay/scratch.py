"""The scratch copy: what was landed and who is who, in memory, and every model worked out anew at each instant that is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.replay.project import Model, Project
from orchestration.warehouse import Warehouse

#: Before anything happened: there every model is an empty table of the right columns.
BEFORE_ALL = datetime(1970, 1, 1)  # noqa: DTZ001 - as it is stored: UTC without a zone
DELIVERIES = "raw.feedback_deliveries"


class Scratch:
    """A warehouse of its own. `see` an instant, then ask with `frame`; close it in the end.

    live: where the settled models are taken from; its data folder holds the landing zone. campaigns: the only audiences and triggers that
    ask for anything; all by default. reused: models that read landed files, do not depend on the instant, and are taken from `live`
    as they are; all such by default. settings: those of DuckDB's connection, e.g. memory_limit.
    """

    def __init__(
        self,
        project: Project,
        live: Warehouse,
        campaigns: Iterable[str] | None = None,
        targets: Sequence[str] = ("decisions",),
        reused: Iterable[str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.project = project
        asked = set(project.campaigns() if campaigns is None else campaigns)
        whole = project.needed(targets)
        left_out = {name for name in project.campaigns() if name not in asked}
        if reused is None:
            reused = {model.name for model in whole if project.is_reusable(model.name)}
        self._given = [model for model in whole if project.is_given(model.name) or model.name in reused]
        given = {model.name for model in self._given}
        self._still = [model for model in whole if model.name not in given and not project.is_moving(model.name)]
        self._moving = [model for model in project.needed(targets, without=left_out) if project.is_moving(model.name)]
        self.connection = duckdb.connect(config=dict(settings or {}))
        self.connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false; attach ':memory:' as warehouse; use warehouse")
        for schema in sorted({model.stage for model in project.models.values()} | {table.split(".")[0] for table in project.landed}):
            self.connection.execute(f"create schema if not exists {schema}")
        read = {DELIVERIES}.union(*(model.raw for model in whole if model.name not in given))
        self._fill(live, sorted(read))
        for model in self._still:
            self._make(model, BEFORE_ALL)
        for model in whole:
            if project.is_moving(model.name):
                self._make(model, BEFORE_ALL)

    def see(self, instant: datetime) -> None:
        """Works out every model as of an instant (naive UTC). An audience or trigger that reads a score in doubt keeps its last rows."""
        doubted: set[str] = set()
        for model in self._moving:
            if not (model.is_held and model.scores & doubted):
                self._make(model, instant)
            if model.name == "drift":
                doubted = {name for (name,) in self.connection.execute("select model from scores.drift where is_alarmed").fetchall()}

    def frame(self, query: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """The answer to a query."""
        return self.connection.execute(query, list(parameters)).df()

    def send(self, query: str, instant: datetime) -> None:
        """Counts what a query of the decisions (message_id, campaign, profile_id, channel) gives as sent at an instant, as if it had come
        back from the ledger with the next run."""
        at = f"timestamp '{instant:%Y-%m-%d %H:%M:%S}'"
        self.connection.execute(f"""
            insert into {DELIVERIES} by name
            select message_id, campaign, profile_id, channel, 'replay' as destination, 'accepted' as status, 1 as attempts,
                {at} as claimed_at, {at} as finished_at, {at} as updated_at, {at} as _landed_at, false as _is_backfill,
                false as _is_deleted
            from ({query})
        """)

    def forget_sent(self, campaigns: Sequence[str], since: datetime) -> None:
        """Takes out what these campaigns really sent from an instant on: it is played anew."""
        self.connection.execute(
            f"delete from {DELIVERIES} where list_contains($names, campaign) and coalesce(claimed_at, updated_at) >= $since",
            {"names": list(campaigns), "since": since},
        )

    def close(self) -> None:
        self.connection.close()

    def _make(self, model: Model, instant: datetime) -> None:
        kind = "view" if model.is_view else "table"
        try:
            self.connection.execute(f"create or replace {kind} {model.table} as {model.at(instant)}")
        except duckdb.Error as error:
            raise RuntimeError(f"{model.name} as of {instant}: {error}") from error

    def _fill(self, live: Warehouse, raw: Sequence[str]) -> None:
        """Seeds as the project has them, settled models as the live warehouse has them, and all that was landed."""
        folder = self.project.folder
        taken = [model for model in self._given if model.stage != "seeds"]
        with live.open() as connection:
            for model in taken:
                place = folder / f"{model.name}.parquet"
                connection.execute(f"copy (select * from {model.table}) to '{place}' (format parquet)")
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            for model in (model for model in self._given if model.stage == "seeds"):
                connection.execute(f"copy (select * from {model.table}) to '{folder / model.name}.parquet' (format parquet)")
        for model in self._given:
            place = folder / f"{model.name}.parquet"
            self.connection.execute(f"create table {model.table} as from read_parquet('{place}')")
            place.unlink()
        landing = Path(live.data) / "landing"
        for table in raw:
            files = landing / self.project.landed[table]
            if not any(files.parent.glob(files.name)):  # of a source that is new in the project nothing has landed
                files = folder / "landing" / self.project.landed[table]
            self.connection.execute(
                f"create table {table} as select * from read_parquet('{files}', filename = false, hive_partitioning = false, "
                "union_by_name = true)"
            )
