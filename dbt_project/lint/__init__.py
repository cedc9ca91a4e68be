"""What dbt would put in scope, for the SQL linter alone: stand-ins that give text of the right shape."""

from types import SimpleNamespace
from typing import Any


def env_var(name: str, default: str = "") -> str:
    """A variable of the environment: its default."""
    return default


def _dispatched(*arguments: Any) -> str:
    return f"dispatched({', '.join(map(str, arguments)) or 0})"


#: `adapter.dispatch('macro')(…)` reads as a call of a function.
adapter = SimpleNamespace(dispatch=lambda *_, **__: _dispatched)
model = SimpleNamespace(name="campaign")
exceptions = SimpleNamespace(raise_compiler_error=lambda message: "")
flags = SimpleNamespace(WHICH="lint")
target = SimpleNamespace(schema="main", database="warehouse", name="duckdb")


def var(name: str, default: object = "item") -> object:
    """A variable of the project: every system is used, the rest is text."""
    return ["shop", "crm", "ga4"] if name == "systems" else default
