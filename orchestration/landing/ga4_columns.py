"""The columns of the GA4 export as expected, new ones that came on the way included, and how a delivery's columns become them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from orchestration.landing.zone import Landing
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError

Type = duckdb.sqltypes.DuckDBPyType
#: The landing's own columns, after those of the export.
STAMPS = (ga4.DELIVERED, "_landed_at", "_is_backfill", "_is_deleted")
SCALARS = ("BIGINT", "DOUBLE", "BOOLEAN")


@dataclass(frozen=True)
class Met:
    """A delivery's columns beside the expected. types: of all columns to land, in order; cast: those whose type has to change;
    differences: the parts of them that were expected otherwise, in words; new: columns and fields that nobody has seen before."""

    types: dict[str, str]
    cast: frozenset[str]
    differences: list[str]
    new: list[str]


class Columns:
    """What is expected of the next delivery: the columns of the export, and what was landed beyond them. Days may meet it at once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
        """Reads what has landed; its schema file holds the columns of the export, also before anything has."""
        relation = connection.sql(f"select * from {landing.scan(ga4.EVENTS)}")
        self._types = {name: kind for name, kind in zip(relation.columns, relation.types, strict=True) if name not in STAMPS}
        self._lock = threading.Lock()

    def suspects(self, given: Mapping[str, Type]) -> set[str]:
        """The columns of another kind than expected: a list, a STRUCT or a plain value."""
        return {name for name, kind in given.items() if name in self._types and not _alike(self._types[name], kind)}

    def meet(self, part: str, given: Mapping[str, Type], empty: Iterable[str], required: Iterable[str]) -> Met:
        """Compares a delivery with what is expected, and expects from now on what it has beyond that.

        part: the delivery's name. given: its columns; empty: those in which every value is NULL, which may have any type.
        required: those that must be there. Raises SourceError with all differences where one is missing or has values of another kind.
        """
        missing = [name for name in dict.fromkeys(required) if name not in given]
        faults = [f"column {', '.join(missing)} is missing; found: {', '.join(given)}"] if missing else []
        differences: list[str] = []
        new: list[str] = []
        with self._lock:
            merged = dict(self._types)
            for name, kind in given.items():
                if name in STAMPS or name in empty:
                    continue
                if name in self._types:
                    merged[name] = _merged(name, self._types[name], kind, faults, differences, new)
                else:
                    merged[name] = _known(kind)
                    new.append(name)
            if faults:
                remedy = "The day is left as it was. Export it again with the schema of the GA4 export."
                raise SourceError("ga4", part, f"{'; '.join(faults)}.", remedy)
            self._types = merged
        return Met(
            types={name: str(kind) for name, kind in merged.items()},
            cast=frozenset(name for name, kind in given.items() if name in merged and str(merged[name]) != str(kind)),
            differences=differences,
            new=new,
        )


def _merged(path: str, expected: Type, given: Type, faults: list[str], differences: list[str], new: list[str]) -> Type:
    """The expected type, with the fields that only the given one has."""
    if not _alike(expected, given):
        faults.append(f"column {path} holds {_shape(given)} where {_shape(expected)} is expected")
        return expected
    if given.id == "null":
        return expected
    if expected.id == "list":
        return duckdb.list_type(_merged(path, _inner(expected)["child"], _inner(given)["child"], faults, differences, new))
    if expected.id == "struct":
        fields = _inner(expected)
        for name, kind in _inner(given).items():
            if name in fields:
                fields[name] = _merged(f"{path}.{name}", fields[name], kind, faults, differences, new)
            else:
                fields[name] = _known(kind)
                new.append(f"{path}.{name}")
        return duckdb.struct_type(fields)
    if str(expected) != str(given):
        differences.append(f"{path} is {given} where {expected} is expected")
    return expected


def _known(kind: Type) -> Type:
    """The type of a new column; of one that has no value yet nobody knows it, and any value can become a text."""
    if kind.id == "null":
        return duckdb.sqltype("VARCHAR")
    if kind.id == "list":
        return duckdb.list_type(_known(_inner(kind)["child"]))
    if kind.id == "struct":
        return duckdb.struct_type({name: _known(child) for name, child in _inner(kind).items()})
    return kind


def _inner(kind: Type) -> dict[str, Type]:
    """The fields of a STRUCT by name; of a list its elements' type, as `child`."""
    return {name: child for name, child in kind.children if isinstance(child, Type)}


def _alike(expected: Type, given: Type) -> bool:
    return given.id == "null" or _shape(expected) == _shape(given)


def _shape(kind: Type) -> str:
    """STRUCT, list or plain: what no cast can bridge."""
    return {"list": "a list", "struct": "a STRUCT"}.get(kind.id, "a plain value")
