"""The project's staging SQL on rows that were just read: what they mean is said in one place, for every system."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

#: What is looked at, by the models that have it of all systems.
MODELS = ("stg_all__persons", "stg_all__orders", "stg_all__refunds", "stg_all__consents", "stg_all__tickets", "stg_feedback__engagements")
#: What became of messages is the ledger's word, and it is asked by the delivery itself.
KNOWN = ("stg_feedback__deliveries",)
_AS_OF = re.compile(r"cast\('\d{4}-\d\d-\d\d \d\d:\d\d:\d\d' as timestamp\)")


@dataclass
class Staging:
    """The staging models as dbt compiled them last. folder: where it did (its target); manifest: the project's, for what reads what."""

    folder: Path
    manifest: Path

    @cached_property
    def _graph(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.manifest.read_text())
        return {**manifest["nodes"], **manifest["sources"]}

    @cached_property
    def raw_tables(self) -> list[str]:
        """The tables of raw that the models read, in a stable order."""
        return sorted({node["name"] for name in self._order for node in self._parents(name) if node["resource_type"] == "source"})

    @property
    def tables(self) -> set[str]:
        """The tables of the warehouse that the models read beside the rows, by `schema.name`."""
        parents = [node for name in self._order for node in self._parents(name)]
        return {
            f"{node['schema']}.{node['name']}" for node in parents if node["resource_type"] != "source" and node["name"] not in self._order
        }

    def made_of(self, rows: Mapping[str, pa.Table], connection: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, pa.Table]:
        """What each of MODELS is of these rows of raw alone, as of `now`. connection: to the warehouse; temporary tables are made in it."""
        renamed: dict[str, str] = {}
        for name in self._order:
            for node in self._parents(name):
                if node["resource_type"] == "source" and node["relation_name"] not in renamed:
                    renamed[node["relation_name"]] = f"looked_{node['name']}"
                    connection.register("read_rows", rows[node["name"]])
                    connection.execute(f"create temp table looked_{node['name']} as from read_rows")
            node = self._graph[f"model.regulars.{name}"]
            sql = _AS_OF.sub(f"timestamp '{now:%Y-%m-%d %H:%M:%S}'", self._compiled(node))
            for relation, temporary in renamed.items():
                sql = sql.replace(relation, temporary)
            connection.execute(f"create temp table looked_{name} as {sql}")
            renamed[node["relation_name"]] = f"looked_{name}"
        return {f"looked_{name}": connection.sql(f"from looked_{name}").to_arrow_table() for name in MODELS}

    def _compiled(self, node: Mapping[str, Any]) -> str:
        return self.folder.joinpath("compiled", "regulars", "models", str(node["path"])).read_text()

    def _parents(self, name: str) -> list[dict[str, Any]]:
        return [self._graph[parent] for parent in self._graph[f"model.regulars.{name}"]["depends_on"]["nodes"] if parent in self._graph]

    @cached_property
    def _order(self) -> list[str]:
        """The models that are made of rows just read, parents first. A model in Python stays as the last run made it."""
        order: list[str] = []

        def visit(name: str) -> None:
            for node in self._parents(name):
                if node["resource_type"] == "model" and node["language"] == "sql" and node["name"] not in (*order, *KNOWN):
                    visit(node["name"])
            if name not in order:
                order.append(name)

        for name in MODELS:
            visit(name)
        return order
