"""Fields of JSON records: found by a path, read as a column's value, compared with what is declared."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.sources.errors import SourceError
from orchestration.sources.table import Column, Table

Json = dict[str, Any]


class _Missing:
    """There is no such field, which is not the same as null."""

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def found(body: Any, path: str) -> Any:
    """The value at a dotted path ("data.next"; "": the body itself), MISSING where there is none."""
    for name in filter(None, path.split(".")):
        if body is None:
            return None
        if not isinstance(body, dict) or name not in body:
            return MISSING
        body = body[name]
    return body


#: Of this many records of a page none has a declared field: it is gone. Of fewer it may be chance.
ENOUGH = 2
#: A child's path into the record that it was taken out of: "^updated_at".
PARENT = "^"


@dataclass(frozen=True)
class Via:
    """A field that is read by a function: `read` gets the value at `path`, which is of one of these kinds or null."""

    path: str
    read: Callable[[Any], object]
    kinds: tuple[str, ...] = ("a list",)


def _at(record: Json, path: str) -> Any:
    return found(record[PARENT], path.removeprefix(PARENT)) if path.startswith(PARENT) else found(record, path)


def value_of(record: Json, way: str | Via) -> object:
    value = _at(record, way.path if isinstance(way, Via) else way)
    if value is None or value is MISSING:
        return None
    return way.read(value) if isinstance(way, Via) else value


#: What reading a value can come to where it is not as it should be.
FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@contextmanager
def as_declared(source: str, part: str) -> Iterator[None]:
    """Raises SourceError where what is read within the block is not as its code takes it to be. Says where, and no value."""
    try:
        yield
    except FAULTS as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"its answer is not as declared ({type(error).__name__} in {Path(place.filename).name}, line {place.lineno})."
        raise SourceError(source, part, fault, remedy_of(source)) from None


def remedy_of(source: str) -> str:
    """What to do where an API answers otherwise than is declared."""
    return f"The vendor changed its answer: adapt orchestration/sources/{source}.py. Nothing was landed."


def check(table: Table, fields: Mapping[str, str | Via], records: list[Json], *, sends_nulls: bool) -> dict[int, str]:
    """Raises SourceError with the difference where the records of a page are not as declared. No value is shown.

    Gives the places of those that alone are not, with what is wrong: fewer than half of the page, or its only one.
    sends_nulls: a field without a value is there all the same, so that one that no record has is gone.
    """
    wrong: list[str] = []
    aside: dict[int, str] = {}
    for column in table.columns:
        way = fields.get(column.name)
        if way is None or not records:
            continue
        path = way.path if isinstance(way, Via) else way
        kinds = [_kind(_at(record, path)) for record in records]
        if set(kinds) == {"nothing at all"} and len(records) >= ENOUGH and not column.optional and (sends_nulls or column.required):
            wrong.append(f"{column.name}: no record has the field {path}")
        fitting = set(way.kinds) if isinstance(way, Via) else _fitting(column)
        unfit = {place: kind for place, kind in enumerate(kinds) if kind not in fitting | {"nothing at all", "null"}}
        declared = f"field {path} is declared as {' or '.join(sorted(fitting))}, came as "
        if len(records) >= ENOUGH and 2 * len(unfit) >= len(records):
            wrong.append(f"{column.name}: {declared}{' and '.join(sorted(set(unfit.values())))}")
        aside |= {place: declared + kind for place, kind in unfit.items()}
    if wrong:
        raise SourceError(table.source, table.name, f"it is not as declared: {'; '.join(wrong)}.", remedy_of(table.source))
    return aside


_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "text", dict: "an object", list: "a list", type(None): "null"}


def _kind(value: object) -> str:
    return "nothing at all" if value is MISSING else _KINDS.get(type(value), "text")


def _fitting(column: Column) -> set[str]:
    if column.type == "BOOLEAN":
        return {"true or false", "text"}
    return {"text"} if column.type in ("TIMESTAMP", "DATE") else {"text", "a number"}
