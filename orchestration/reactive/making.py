"""The models of a tick, made in their order of the rows of few people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb
import pyarrow as pa

from orchestration.reactive.mirror import Mirror
from orchestration.reactive.narrowed import Narrowed
from orchestration.reactive.settled import RECORDS, Plan
from orchestration.reactive.written import write
from orchestration.replay.project import Model

#: What is put to a model of few people, that it has of everybody: a reader by each channel, and a tiredness that the whole shop shares.
_BESIDE = {
    "profile_engagements": "insert into warehouse.profiles.profile_engagements by name from kept.left.readers",
    "fatigue": """
        create or replace table warehouse.decisions.fatigue as
        select * from (
            from warehouse.decisions.fatigue union all by name
            from kept.left.fatigue where profile_id in (select profile_id from concerned.everybody)
        ) qualify row_number() over (partition by profile_id order by cooldown_factor desc, because) = 1""",
}
#: The records of the people concerned as they were read last: names are spelled out with much effort, and seldom change.
_RECORDS = """
create or replace table warehouse.identity.records as from kept.identity.records where record_key in (
    select component_key from concerned.components
    union select node_key from kept.identity.int_components_settled where component_key in (select component_key from concerned.components)
)
"""


class Making:
    """plan: of the last refresh; run_at: the instant of the run that left it. What is about everybody is made again when something lands
    that it reads, and every hour."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: Plan, mirror: Mirror, run_at: datetime) -> None:
        self._connection, self._plan, self._run_at = connection, plan, run_at
        self._narrowed = Narrowed(connection, plan, mirror)
        left, shared = {model.name for model in plan.left}, set[str]()
        for model in plan.made:
            is_shared = all(
                one in shared or (one in left and self._narrowed.is_whole(plan.project.models[one].table)) for one in model.reads
            )
            if is_shared and all(map(self._narrowed.is_whole, model.raw)):
                shared.add(model.name)
        self._shared = [model for model in plan.made if model.name in shared]
        self._own = [model for model in plan.made if model.name not in shared and model.name != "outbox"]
        self._told_by = {table for model in self._shared for table in model.raw}
        self._shared_at: datetime | None = None

    def is_changed(self, tables: Iterable[str]) -> None:
        """Says in which raw tables something landed."""
        if self._told_by.intersection(tables):
            self._shared_at = None

    def narrow(self, ledger: pa.Table | None, at: datetime) -> None:
        """The tables that the models read, of the people concerned (see narrowed.py)."""
        self._narrowed.narrow(ledger, at)

    def decide(self, at: datetime) -> None:
        """Makes all but the messages."""
        hour = at.replace(minute=0, second=0)
        for model in self._shared if self._shared_at != hour else ():
            self._make(model, at)
        self._shared_at = hour
        for model in self._own:
            if model.name == RECORDS and not self._has_news_of(model):
                self._connection.execute(_RECORDS)
            else:
                self._make(model, at)

    def write(self, at: datetime) -> None:
        """Writes the messages, and makes the outbox of them."""
        models = self._plan.project.models
        ((count,),) = self._connection.execute(f"select count(*) from {models['int_messages_tokened'].table}").fetchall()
        write(self._plan.project, self._connection, is_empty=not count)
        self._make(models["outbox"], at)

    def _has_news_of(self, model: Model) -> bool:
        """Whether something landed about these people since the last run, in a table that the model rests on."""
        raw = self._plan.rested_on(model)
        news = " union all ".join(f"select 1 from warehouse.{table} where _landed_at > timestamp '{self._run_at}'" for table in sorted(raw))
        return bool(self._connection.execute(f"select 1 where exists ({news})").fetchall())

    def _make(self, model: Model, at: datetime) -> None:
        kind = "view" if model.is_view else "table"
        try:
            self._connection.execute(f"create or replace {kind} {model.table} as {model.at(at)}")
            if model.name in _BESIDE:
                self._connection.execute(_BESIDE[model.name])
        except duckdb.Error as error:
            raise RuntimeError(f"{model.name} as of {at}: {error}") from error
