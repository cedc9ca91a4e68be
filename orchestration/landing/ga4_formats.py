"""Opens a fetched day of the GA4 export as a relation with the expected columns, whatever it lacks: Parquet here, lines in ga4_json.py."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing.ga4_columns import SCALARS, STAMPS, Columns, Met
from orchestration.landing.zone import quoted
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4 import REQUIRED


@dataclass(frozen=True)
class Opened:
    """What to read: a relation with a column _place (the row's number), each column to land as an expression over it, and the expression
    of a value as it came for those plain columns whose type had to be changed.

    originals: a relation with the same _place, over which payload is the whole event as JSON. types: of the columns to land.
    columns: the names that came (empty for JSON). differences: of types, in words. is_hasty: it gives all rows and values of a delivery
    that has no fault, and says nothing of a faulty one but that it is.
    """

    relation: str
    originals: str
    types: dict[str, str]
    typed: dict[str, str]
    raw: dict[str, str]
    payload: str
    columns: tuple[str, ...]
    differences: list[str]
    broken: str = "false"
    is_hasty: bool = False


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
    report(name, met, warnings)
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
    return Opened(relation_sql, relation_sql, met.types, typed, raw, f"json_object({members})", tuple(given), met.differences)


def _filled(connection: duckdb.DuckDBPyConnection, column: str, read: str) -> int:
    filled: int = connection.execute(f'select count("{column}") from {read}').fetchall()[0][0]
    return filled


def report(name: str, met: Met, warnings: list[str]) -> None:
    """Says which columns nobody has seen before."""
    if met.new:
        warnings.append(f"{name}: new in the export and kept: {', '.join(met.new)}. It can be read in raw.ga4_events.")


@contextlib.contextmanager
def comparable(source: Opened, name: str) -> Iterator[None]:
    """Values that cannot become the type expected are told by their columns, and never shown."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.BinderException) as error:
        raise retyped(source, name) if source.differences else error from None


def retyped(source: Opened, name: str) -> SourceError:
    """What is wrong with a day none of whose events can be read."""
    fault = f"its columns are not of the types expected: {'; '.join(source.differences)}."
    return SourceError("ga4", name, fault, "The day is left as it was. Export it again with the schema of the GA4 export.")
