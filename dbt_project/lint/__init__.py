"""What dbt would put in scope, for the SQL linter alone: stand-ins that give text of the right shape."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

_VARS = yaml.safe_load((Path(__file__).resolve().parent.parent / "dbt_project.yml").read_text())["vars"]


def env_var(name: str, default: str = "") -> str:
    """A variable of the environment: its default."""
    return default


def _dispatched(*arguments: Any) -> str:
    return f"dispatched({', '.join(map(str, arguments)) or 0})"


#: `adapter.dispatch('macro')(…)` reads as a call of a function.
adapter = SimpleNamespace(dispatch=lambda *_, **__: _dispatched)
model = SimpleNamespace(name="campaign", fqn=["regulars", "triggers", "campaign"])
#: What a unit test has neither.
graph = SimpleNamespace()
project_name = "regulars"
execute = False
exceptions = SimpleNamespace(raise_compiler_error=lambda message: "")
flags = SimpleNamespace(WHICH="lint")
target = SimpleNamespace(schema="main", database="warehouse", name="duckdb")


def local_md5(text: str) -> str:
    """Any hash will do."""
    return "0" * 32


def tojson(value: object, **_: Any) -> str:
    """A value as text."""
    return str(value)


def var(name: str, default: object = "item") -> object:
    """A variable of the project, as dbt_project.yml has it."""
    return _VARS.get(name, default)
