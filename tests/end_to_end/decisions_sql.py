"""The models of the decisions as dbt compiles them for a policy, run over worlds in memory: many worlds in the time of one build."""

import functools
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from decisions_tables import AFTERWARDS, VIEWS, campaign_view, insert
from decisions_world import Policy, World
from warehouse_kit import _settings, parsed

#: Stands in the compiled queries where a run's as_of is to stand.
SOME_DAY = "2001-01-01 00:00:00"
PREFIX = "model.regulars."
HISTORY = ["regulars.decisions.decision_history"]
#: What the log of the draws is before anybody is drawn.
ASSIGNMENTS = (
    "experiment varchar, phase varchar, profile_id varchar, arm varchar, is_control boolean, bucket double, assigned_at timestamp, "
    "campaign varchar, channel varchar, message_id varchar, ids_count bigint"
)
#: Views over a world, not built: see decisions_tables.
BY_HAND = ("fatigue", "campaign_limits", "spikes")


@functools.cache
def compiled(variables: str) -> dict[str, str]:
    """The query of each model of the stage in the order of the graph; the history's as a later run has it, `first` for the first."""
    from dbt.cli.main import dbtRunner

    # one parse for all policies, shared with the warehouses of other tests
    runner = dbtRunner(manifest=parsed(json.dumps({"matching": False})))
    queries: dict[str, str] = {}
    for name, selected in (("first", HISTORY), ("", ["regulars.decisions,resource_type:model", *HISTORY])):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("REGULARS_DATA", folder)
            patch.setenv("REGULARS_AS_OF", SOME_DAY)
            if not name:
                with duckdb.connect(str(Path(folder) / "warehouse.duckdb")) as connection:
                    connection.execute("create schema decisions")
                    connection.execute("create table decisions.decision_history (message_id varchar, occasion varchar, variant varchar)")
                    connection.execute(f"create table decisions.assignments ({ASSIGNMENTS})")
            ended = runner.invoke(["compile", *_settings(variables, Path(folder)), "--select", *selected])
            assert ended.success, ended.exception or [result.message for result in ended.result.results]
            nodes = {result.node.unique_id: result.node for result in ended.result.results if result.node.resource_type == "model"}
            needed = set(nodes) if name else _before(nodes, f"{PREFIX}assignments") | {f"{PREFIX}decision_history"}
            queries |= {name or node.name: node.compiled_code for key, node in nodes.items() if key in needed}
    return queries


def _before(nodes: dict[str, Any], name: str) -> set[str]:
    """The model and those of its stage that it rests on, down to those that are made by hand."""
    if name not in nodes or name.removeprefix(PREFIX) in BY_HAND:
        return set()
    return {name}.union(*(_before(nodes, parent) for parent in nodes[name].depends_on.nodes))


class Decider:
    """The decisions of one policy in memory. After `decide`, ask with `rows`."""

    def __init__(self, policy: Policy, threads: int = 1) -> None:
        self.policy = policy
        self.queries = compiled(json.dumps({"matching": False} | policy.figures))
        self.connection = duckdb.connect(config={"threads": threads})
        self.connection.execute("attach ':memory:' as warehouse; use warehouse; set timezone = 'UTC'")
        for schema in ("made", "staging", "identity", "profiles", "marts", "scores", "audiences", "triggers", "decisions"):
            self.connection.execute(f"create schema {schema}")
        insert(self.connection, World([], []))
        self.connection.execute(f"create table decisions.assignments ({ASSIGNMENTS})")
        for statement in VIEWS:
            self.connection.execute(statement)
        nodes = parsed(json.dumps({"matching": False})).nodes
        for stage, names in (("triggers", list(policy.scenarios)), ("audiences", policy["audiences"])):
            for name in names:
                self.connection.execute(campaign_view(stage, name, list(nodes[f"model.regulars.{name}"].columns)))

    def forget(self) -> None:
        """What was decided before is no longer known."""
        self.connection.execute("drop table if exists decisions.decision_history; truncate decisions.assignments")

    def decide(self, world: World, now: datetime) -> None:
        """Makes all tables of the stage anew for a world, but for the history and the log of the draws, which go on."""
        insert(self.connection, world)
        known = self.rows("from duckdb_tables() where table_name = 'decision_history'")
        for name, query in self.queries.items():
            made = (self.queries["first"] if name == "decision_history" and not known else query).replace(
                SOME_DAY, f"{now:%Y-%m-%d %H:%M:%S}"
            )
            if name == "assignments" or (name == "decision_history" and known):
                self.connection.execute(f"insert into decisions.{name} by name {made}")
            elif name != "first":
                self.connection.execute(f"create or replace table decisions.{name} as {made}")
            for statement in AFTERWARDS.get(name, ()):
                self.connection.execute(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The answer to a query, as plain Python values."""
        found = self.connection.execute(query)
        names = [head[0] for head in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
