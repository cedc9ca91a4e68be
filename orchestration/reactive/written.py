"""The messages of what is allowed, written by the project's own model in Python (decisions.int_messages_written)."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import duckdb

from orchestration.replay.project import Model, Project

WRITTEN = "int_messages_written"


class _Settings:
    """Stands for `dbt.config`: what the model says of itself goes nowhere, what its .yml says to it is read."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said

    def __call__(self, **_: object) -> None: ...

    def get(self, name: str) -> Any:
        return self._said.get(name)


class _Dbt:
    """Stands for `dbt` in a model's function: its parents are the tables of a connection."""

    def __init__(self, project: Project, model: Model, connection: duckdb.DuckDBPyConnection) -> None:
        self._project, self._connection = project, connection
        self.config = _Settings(model.settings)

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(f"from {self._project.models[name].table}")


def write(project: Project, connection: duckdb.DuckDBPyConnection, is_empty: bool = False) -> None:
    """Makes decisions.int_messages_written of decisions.int_messages_tokened. is_empty: there is nothing to write, and templates need not
    be read. Raises what the model raises: bad templates stop all."""
    model = project.models[WRITTEN]
    spec = importlib.util.spec_from_file_location(f"regulars_{model.name}", model.python) if model.python else None
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{model.name} is no model in Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = module.SCHEMA.empty_table() if is_empty else module.model(_Dbt(project, model, connection), None).read_all()
    connection.register("written_rows", rows)
    connection.execute(f"create or replace table {model.table} as from written_rows")
    connection.unregister("written_rows")
