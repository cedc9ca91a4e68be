"""Opens a fetched day of the GA4 export, Parquet or newline JSON, as a relation with the expected columns, whatever it lacks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing.ga4_columns import SCALARS, STAMPS, Columns, Met, Type
from orchestration.landing.zone import quoted
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4 import REQUIRED

_LONGEST_LINE = 16 * 1024 * 1024  # bytes of one JSON event; what is read at a time, too
_LINES_COMPARED = 2000  # of a JSON file, evenly over it, to find the types of its columns and new fields inside them


@dataclass(frozen=True)
class Opened:
    """What to read: a relation with a column _place (the row's number), each column to land as an expression over it, the expression
    of a value as it came for those plain columns whose type had to be changed, and the whole event as JSON.

    types: of the columns to land. columns: the names that came (empty for JSON). differences: of types, in words.
    """

    relation: str
    types: dict[str, str]
    typed: dict[str, str]
    raw: dict[str, str]
    payload: str
    columns: tuple[str, ...]
    differences: list[str]
    broken: str = "false"


def open_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, expected: Columns, before: tuple[str, ...], warnings: list[str]
) -> Opened:
    """before: the columns that the day, or else the day before it, had; one that is gone is a fault."""
    read = f"read_parquet({quoted(path)}, hive_partitioning = false, file_row_number = true)"
    try:
        relation = connection.sql(f"select * exclude (file_row_number) from {read}")
    except duckdb.Error as error:
        raise SourceError("ga4", name, f"it is no Parquet file ({str(error).splitlines()[0]}).", "Export the day again.") from None
    given = {column: kind for column, kind in zip(relation.columns, relation.types, strict=True) if column not in STAMPS}
    empty = {column for column in expected.suspects(given) if not _filled(connection, column, read)}
    met = expected.meet(name, given, empty, (*REQUIRED, *before))
    _report(name, met, warnings)
    typed: dict[str, str] = {}
    raw: dict[str, str] = {}
    for column, kind in met.types.items():
        if column not in given or column in empty:
            typed[column] = f"cast(null as {kind})"
        elif column not in met.cast:
            typed[column] = f'"{column}"'
        elif kind in SCALARS or kind == "VARCHAR":
            typed[column] = f'try_cast("{column}" as {kind})'
            raw[column] = f'"{column}"'
        else:
            typed[column] = f'cast("{column}" as {kind})'  # a value in it that cannot be read stops the day: no part of it is lost unseen
    members = ", ".join(f'{quoted(column)}, "{column}"' for column in given)
    relation_sql = f"(select * rename (file_row_number as _place) from {read})"
    return Opened(relation_sql, met.types, typed, raw, f"json_object({members})", tuple(given), met.differences)


@contextlib.contextmanager
def open_json(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, expected: Columns, warnings: list[str], scratch: Path
) -> Iterator[Opened]:
    """Read as lines, so that one broken line is one refused row and not the end of the day; typed once, into `scratch`."""
    lines = f"""(
        select row_number() over () as _place, line, coalesce(json_type(try_cast(line as json)) = 'OBJECT', false) as is_object
        from read_csv({quoted(path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
            header = false, auto_detect = false, max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE})
        where trim(coalesce(line, '')) <> ''
    )"""
    given = _json_columns(connection, lines)
    met = expected.meet(name, given, (), REQUIRED if given else ())
    _report(name, met, warnings)
    structure = json.dumps(dict(met.types))
    # what may come out as NULL although there is something: numbers, and columns that are not of one kind in all lines
    plain = [column for column, kind in met.types.items() if column in given and (kind in SCALARS or given[column].id == "null")]
    paths = quoted(json.dumps([f'$."{column}"' for column in plain]))
    raws = "".join(
        f', case when event."{column}" is null then raws[{place}] end as "_raw_{column}"' for place, column in enumerate(plain, start=1)
    )
    connection.execute(f"""
        copy (
            select _place, line, is_object{"".join(f', event."{column}"' for column in met.types)}{raws}
            from (
                select *, case when is_object then json_transform(line, {quoted(structure)}) end as event,
                    case when is_object then json_extract_string(line, cast({paths} as varchar[])) end as raws
                from {lines}
            )
        ) to {quoted(scratch)} (format parquet, row_group_size 20000)
    """)
    try:
        typed = {column: f'"{column}"' for column in met.types}
        raw = {column: f'"_raw_{column}"' for column in plain}
        yield Opened(f"read_parquet({quoted(scratch)})", met.types, typed, raw, "to_json(line)", (), [], broken="not is_object")
    finally:
        scratch.unlink(missing_ok=True)


def _json_columns(connection: duckdb.DuckDBPyConnection, lines: str) -> dict[str, Type]:
    ((names, count),) = connection.execute(
        f"select list(distinct key), count(distinct _place)"
        f" from (select _place, unnest(json_keys(line)) as key from {lines} where is_object)"
    ).fetchall()
    step = max(1, count // _LINES_COMPARED)
    ((found,),) = connection.execute(
        f"select json_group_structure(cast(line as json)) from {lines} where is_object and _place % {step} = 0"
    ).fetchall()
    structure = json.loads(found or "{}")
    return {name: _json_type(structure.get(name, "VARCHAR")) for name in names or () if name not in STAMPS}


def _json_type(structure: object) -> Type:
    """A type for what json_group_structure tells: text for what is plain (as the export writes integers), NULL for unknown or mixed."""
    if isinstance(structure, list):
        return duckdb.list_type(_json_type(structure[0] if structure else "NULL"))
    if isinstance(structure, dict) and structure:
        return duckdb.struct_type({name: _json_type(kind) for name, kind in structure.items()})
    return duckdb.sqltype('"NULL"' if structure in ("NULL", "JSON", {}) else "VARCHAR")


def _filled(connection: duckdb.DuckDBPyConnection, column: str, read: str) -> int:
    filled: int = connection.execute(f'select count("{column}") from {read}').fetchall()[0][0]
    return filled


def _report(name: str, met: Met, warnings: list[str]) -> None:
    if met.new:
        warnings.append(f"{name}: new in the export and kept: {', '.join(met.new)}. It can be read in raw.ga4_events.")
