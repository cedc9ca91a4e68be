"""Opens a day of newline JSON: as a whole where every line is an event of the expected types, else line by line.

Nearly every day has no fault, and is read as a whole. A line that is no object, or a value that cannot become its type, ends that
reading; line by line costs more than twice as much, and tells which line it was.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from orchestration.landing.ga4_columns import STAMPS, Columns, Met, Type
from orchestration.landing.ga4_formats import Opened, report
from orchestration.landing.zone import quoted
from orchestration.sources.ga4 import REQUIRED

_LONGEST_LINE = 16 * 1024 * 1024  # bytes of one JSON event; what is read at a time, too
_LINES_COMPARED = 2000  # evenly over the file, to find the types of its columns and new fields inside them


class JsonDay:
    """A day's lines and its columns. Types that the file has beyond the expected are expected from now on."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, expected: Columns, warnings: list[str]) -> None:
        """Finds the columns: of all lines their names, of some the types."""
        self._connection = connection
        self._path = path
        # Read as lines, so that one broken line is one refused row and not the end of the day.
        self._lines = f"""(
            select row_number() over () as _place, line, coalesce(json_type(try_cast(line as json)) = 'OBJECT', false) as is_object
            from read_csv({quoted(path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                header = false, auto_detect = false, max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE})
            where trim(coalesce(line, '')) <> ''
        )"""
        try:
            self._given = self._columns(
                f"select row_number() over () as place, cast(json as varchar) as line"
                f" from read_json_objects({quoted(path)}, format = 'newline_delimited', maximum_object_size = {_LONGEST_LINE})"
            )
            self.is_sound = True
        except duckdb.Error:  # a line is broken
            self._given = self._columns(f"select _place as place, line from {self._lines} where is_object")
            self.is_sound = False
        self._met: Met = expected.meet(name, self._given, (), REQUIRED if self._given else ())
        report(name, self._met, warnings)

    def at_once(self) -> Opened:
        """Every line as a row of the types to land; to read it fails where one line, or one value, is not of them."""
        types = self._met.types
        columns = ", ".join(f"{quoted(column)}: {quoted(kind)}" for column, kind in types.items())
        read = f"""(
            select row_number() over () as _place, *
            from read_json({quoted(self._path)}, columns = {{{columns}}}, format = 'newline_delimited', auto_detect = false,
                maximum_object_size = {_LONGEST_LINE})
        )"""
        return Opened(read, read, types, {column: f'"{column}"' for column in types}, {}, "null", (), [], is_hasty=True)

    @contextlib.contextmanager
    def line_by_line(self, scratch: Path) -> Iterator[Opened]:
        """Each line for itself, typed once, into `scratch`."""
        types = self._met.types
        # what may come out as NULL although there is something
        doubtful = [column for column, kind in types.items() if column in self._given and kind != "VARCHAR"]
        paths = quoted(json.dumps([f'$."{column}"' for column in doubtful]))
        raws = "".join(
            f', case when event."{column}" is null then raws[{place}] end as "_raw_{column}"'
            for place, column in enumerate(doubtful, start=1)
        )
        try:
            self._connection.execute(f"""
                copy (
                    select _place, is_object{"".join(f', event."{column}"' for column in types)}{raws}
                    from (
                        select *, case when is_object then json_transform(line, {quoted(json.dumps(types))}) end as event,
                            case when is_object then json_extract_string(line, cast({paths} as varchar[])) end as raws
                        from {self._lines}
                    )
                ) to {quoted(scratch)} (format parquet, row_group_size 20000)
            """)
            typed = {column: f'"{column}"' for column in types}
            raw = {column: f'"_raw_{column}"' for column in doubtful}
            scratched = f"read_parquet({quoted(scratch)})"
            yield Opened(scratched, self._lines, types, typed, raw, "to_json(line)", (), [], broken="not is_object")
        finally:
            scratch.unlink(missing_ok=True)

    def _columns(self, lines: str) -> dict[str, Type]:
        """lines: a query for place and line, each a JSON text."""
        # In one pass: events have few sets of names; the lines compared are those of the smallest hashes.
        ((names, found),) = self._connection.execute(f"""
            select list_distinct(flatten(names)), (
                select json_group_structure(cast(line as json)) from (select unnest(compared) as line) where json_type(line) = 'OBJECT'
            )
            from (
                select list(distinct json_keys(line)) as names, arg_min(line, hash(place), {_LINES_COMPARED}) as compared from ({lines})
            )
        """).fetchall()
        structure = json.loads(found or "{}")
        return {name: _type(structure.get(name, "VARCHAR")) for name in names or () if name not in STAMPS}


def _type(structure: object) -> Type:
    """A type for what json_group_structure tells: text for what is plain (as the export writes integers), NULL for unknown or mixed."""
    if isinstance(structure, list):
        return duckdb.list_type(_type(structure[0] if structure else "NULL"))
    if isinstance(structure, dict) and structure:
        return duckdb.struct_type({name: _type(kind) for name, kind in structure.items()})
    return duckdb.sqltype('"NULL"' if structure in ("NULL", "JSON", {}) else "VARCHAR")
