"""What is taken from the warehouse as the last run left it: what is about everybody together, and what is settled until the next run."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.landing.zone import quoted
from orchestration.reactive.mirror import FLAT
from orchestration.reactive.written import WRITTEN
from orchestration.replay.project import Model, Project
from orchestration.replay.scratch import DELIVERIES

#: Worked out over everybody: by the features and scores, which are a day's work, and beside them by these.
WHOLE_STAGES = ("features", "scores", "seeds")
WHOLE = frozenset(
    {"campaign_limits", "spikes", "int_assignments_known", "account_members", "int_keys_counted", "int_components_settled", "profile_ids"}
)
TARGETS = ("decisions", "assignments", "outbox", "int_messages_declared", "int_messages_tokened")
#: Read beside the models: who is who, to find people by; and what counts against a campaign's room.
RECORDS = "records"
_WHO = {"identity": ("identifiers", "device_owners", "profile_ids", RECORDS), "staging": ("int_phones_parsed",)}
_BESIDE = {
    "left.fatigue": "select * from {live}.decisions.fatigue",
    # one that reads for each channel: that anybody's opens are told is known of everybody together
    "left.readers": """
        select * replace ('nobody' as profile_id, null as message_id) from {live}.profiles.profile_engagements
        where profile_id is not null and status in ('opened', 'clicked') and not is_machine
        qualify row_number() over (partition by channel order by occurred_at desc) = 1""",
    # who would go but for the hour, an approval or the draw: part of what a campaign would send together
    "left.going": """
        select message_id, campaign, profile_id from {live}.decisions.decisions where kind = 'message'
        and coalesce(reason, 'holdout') in ('quiet_hours', 'send_time', 'awaiting_approval', 'holdout')""",
    "left.sent": """
        select message_id from {live}.staging.stg_feedback__deliveries where status in ('accepted', 'unknown', 'sending')
        and updated_at > (select max(decided_at) from {live}.decisions.decisions) - interval 8 days""",
    "left.run": "select max(decided_at) as decided_at from {live}.decisions.decisions",
}


class Plan:
    """Which models a tick makes, in order, and what it takes as it was left. doubted: the scores that the last run had in doubt; the
    triggers that read them keep their rows."""

    def __init__(self, project: Project, doubted: Iterable[str] = ()) -> None:
        self.project = project
        self.made: list[Model] = []
        self.raw = {DELIVERIES}
        self.left: list[Model] = []
        doubted, seen = set(doubted), set[str]()

        def visit(name: str) -> None:
            if name in seen:
                return
            seen.add(name)
            model = project.models[name]
            if name == WRITTEN:  # in Python: made when what it writes is known
                return
            if model.table == FLAT:
                self.raw |= model.raw
                return
            if self._is_left(model, doubted):
                self.left.append(model)
                return
            for parent in sorted(model.reads):
                visit(parent)
            self.made.append(model)
            self.raw |= model.raw

        for target in TARGETS:
            visit(target)

    def rested_on(self, model: Model) -> set[str]:
        """The raw tables that a model rests on, through others that are made."""
        made = {one.name: one for one in self.made}
        return set(model.raw).union(*(self.rested_on(made[one]) for one in model.reads if one in made))

    def _is_left(self, model: Model, doubted: set[str]) -> bool:
        if self.project.is_given(model.name) or model.name in WHOLE or model.stage in (*WHOLE_STAGES, "audiences"):
            return True
        # a trigger that compares all people's purchases, and one that reads a score in doubt
        is_of_all = model.stage == "triggers" and any(self.project.models[one].name == "item_purchases" for one in model.reads)
        return is_of_all or bool(model.is_held and model.scores & doubted)


@contextlib.contextmanager
def opened(connection: duckdb.DuckDBPyConnection, data: Path) -> Iterator[str | None]:
    """The warehouse attached to a connection, or None where somebody writes it just now. Leave the block soon: a reader holds up dbt."""
    with (data / "warehouse.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        try:
            connection.execute(f"attach {quoted(data / 'warehouse.duckdb')} as live (read_only)")
        except duckdb.Error:  # one who writes without the lock, as dbt started by hand, or this process has it open elsewhere
            yield None
            return
        try:
            yield "live"
        finally:
            connection.execute("detach live")


def take(connection: duckdb.DuckDBPyConnection, plan: Plan, live: str) -> datetime:
    """Copies all that is left into `kept`. Returns the instant of the last run."""
    for name, query in _BESIDE.items():
        connection.execute(f"create or replace table kept.{name} as {query.format(live=live)}")
    tables = {model.table: model for model in plan.left if model.stage not in ("seeds", "audiences")}
    for table in {*tables, *(f"{stage}.{name}" for stage, names in _WHO.items() for name in names)}:
        connection.execute(f"create or replace table kept.{table} as from {live}.{table}")
    for model in plan.left:
        if model.stage == "audiences":  # lists are not in a hurry: nobody is on one here
            connection.execute(f"create or replace table warehouse.{model.table} as from {live}.{model.table} limit 0")
    ((decided_at,),) = connection.execute("select decided_at from kept.left.run").fetchall()
    return decided_at if isinstance(decided_at, datetime) else datetime(1970, 1, 1)  # noqa: DTZ001 - as it is stored: UTC without a zone


def doubted(connection: duckdb.DuckDBPyConnection, live: str) -> list[str]:
    """The scores that the last run had in doubt."""
    return [str(name) for (name,) in connection.execute(f"select model from {live}.scores.drift where is_alarmed").fetchall()]
