"""What a table has against what is declared of it: a new column is kept, a missing or retyped one stops its table, with a diff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from orchestration.sources.errors import SourceError
from orchestration.sources.table import Table

#: What a landed file has beside the source's columns: a column of the source by such a name is left out.
RESERVED = {"_landed_at", "_is_backfill", "_is_deleted"}
#: SQLAlchemy's kinds of types, the special ones first.
_FAMILIES: tuple[tuple[type[Any], str], ...] = (
    (sa.Boolean, "boolean"),
    (sa.Integer, "number"),
    (sa.Numeric, "number"),
    (sa.DateTime, "time"),
    (sa.Date, "time"),
    (sa.Time, "span"),
    (sa.Interval, "span"),
    (sa.LargeBinary, "binary"),
    (sa.JSON, "structure"),
    (sa.ARRAY, "structure"),
)
#: What cannot be read as the declared type, whatever the values; text and types unknown here are left to the rules, value by value.
_WRONG = {
    "TIMESTAMP": {"boolean", "number", "span", "binary", "structure"},
    "DATE": {"boolean", "number", "span", "binary", "structure"},
    "DECIMAL(18,4)": {"boolean", "time", "span", "binary", "structure"},
    "BIGINT": {"boolean", "time", "span", "binary", "structure"},
    "BOOLEAN": {"time", "span", "binary", "structure"},
    "VARCHAR": set[str](),
}


@dataclass(frozen=True)
class Shape:
    """names: the source's name of each declared column, in their order; `None` for an optional one that it lacks. extras: the source's
    columns that are not declared."""

    names: tuple[str | None, ...]
    extras: tuple[str, ...]


def compare(table: Table, found: Mapping[str, Any]) -> Shape:
    """Matches the columns found, by name (case matters only where two differ by nothing else), with the declared ones.

    found: SQLAlchemy type, or `None` where columns have none. Raises SourceError, with every column that is missing or of a wrong type.
    """
    by_name = {name.lower(): name for name in reversed(list(found))}
    names: list[str | None] = []
    missing: list[str] = []
    faults: list[str] = []
    for column in table.columns:
        name = column.name if column.name in found else by_name.get(column.name.lower())
        if name is None and column.optional:
            names.append(None)
            continue
        if name is None:
            missing.append(column.name)
            faults.append(f"expected {column.name} {column.type}, found nothing of that name")
            continue
        names.append(name)
        family = next((family for kind, family in _FAMILIES if isinstance(found[name], kind)), "")
        if family in _WRONG[column.type]:
            faults.append(f"expected {column.name} {column.type}, found {_shown(found[name])}")
    if faults:
        words = f"column {', '.join(missing)} is missing; found: {', '.join(found)}; " if missing else "a column has another type: "
        remedy = f"Rename or add it in the source, or change orchestration/sources/{table.source}.py. Nothing of the table was landed."
        raise SourceError(table.source, table.name, f"{words}{'; '.join(faults)}.", remedy)
    known = {name.lower() for name in (*table.column_names, *table.left_out, *RESERVED)}
    extras = {name.lower(): name for name in reversed(list(found)) if name.lower() not in known}
    return Shape(tuple(names), tuple(name for name in found if extras.get(name.lower()) == name))


def _shown(kind: Any) -> str:
    try:
        return str(kind)
    except sa.exc.CompileError:
        return type(kind).__name__
