"""Opens a delivered day of the GA4 export, Parquet or newline JSON, as a relation with the canonical columns, whatever it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing.zone import quoted
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4 import REQUIRED

_SCALARS = ("BIGINT", "DOUBLE", "BOOLEAN")
_LONGEST_LINE = 64 * 1024 * 1024  # bytes of one JSON event


@dataclass(frozen=True)
class Delivery:
    """What to read: a relation with a column _place (the row's number), each canonical column as an expression over it,
    the expression of a value as it came for those columns whose type had to be changed, and the whole event as JSON."""

    relation: str
    typed: dict[str, str]
    raw: dict[str, str]
    payload: str
    broken: str = "false"


def read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, canonical: dict[str, str], warnings: list[str]) -> Delivery:
    read = f"read_parquet({quoted(path)}, hive_partitioning = false, file_row_number = true)"
    try:
        described = connection.execute(f"describe from {read}").fetchall()
    except duckdb.Error as error:
        raise SourceError("ga4", path.name, f"it is no Parquet file ({str(error).splitlines()[0]}).", "Export the day again.") from None
    given = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    _require(path, given)
    changed = {name for name in canonical if name in given and given[name] != canonical[name]}
    for name in changed:
        if _shape(given[name]) != _shape(canonical[name]):
            # A column in which every value is NULL may have any type.
            filled = connection.execute(f'select count("{name}") from {read}').fetchall()
            if filled[0][0]:
                fault = f"column {name} holds {_shape(given[name])} values where {_shape(canonical[name])} is expected."
                raise SourceError("ga4", path.name, fault, "Export the day again with the schema of the GA4 export.")
    _report(path, given, canonical, warnings)
    typed = {
        name: f'try_cast("{name}" as {kind})' if name in changed else f'"{name}"' if name in given else f"cast(null as {kind})"
        for name, kind in canonical.items()
    }
    members = ", ".join(f'{quoted(name)}, "{name}"' for name in given)
    raw = {name: f'"{name}"' for name in changed if canonical[name] in _SCALARS}
    return Delivery(f"(select * rename (file_row_number as _place) from {read})", typed, raw, f"json_object({members})")


def read_json(connection: duckdb.DuckDBPyConnection, path: Path, canonical: dict[str, str], warnings: list[str]) -> Delivery:
    # Read as lines, so that one broken line is one refused row and not the end of the day.
    structure = "{" + ", ".join(f'"{name}": "{kind.replace(chr(34), chr(92) + chr(34))}"' for name, kind in canonical.items()) + "}"
    connection.execute(f"""
        create or replace temp table lines as
        select row_number() over () as _place, line, is_object,
            case when is_object then json_transform(line, {quoted(structure)}) end as event
        from (
            select line, coalesce(json_type(try_cast(line as json)) = 'OBJECT', false) as is_object
            from read_csv({quoted(path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                header = false, auto_detect = false, max_line_size = {_LONGEST_LINE})
            where trim(coalesce(line, '')) <> ''
        )
    """)
    keys = {key: "" for (key,) in connection.execute("select distinct unnest(json_keys(line)) from lines where is_object").fetchall()}
    if keys:
        _require(path, keys)
    _report(path, keys, canonical, warnings)
    typed = {name: f'event."{name}"' for name in canonical}
    raw = {name: f"case when is_object then line->>'$.{name}' end" for name, kind in canonical.items() if kind in _SCALARS and name in keys}
    return Delivery("lines", typed, raw, "to_json(line)", broken="not is_object")


def _report(path: Path, given: dict[str, str], canonical: dict[str, str], warnings: list[str]) -> None:
    extra = sorted(set(given) - set(canonical))
    if extra:
        warnings.append(f"{path.name}: column {', '.join(extra)} is not of the export's schema and is left out.")


def _require(path: Path, given: dict[str, str]) -> None:
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        fault = f"column {', '.join(missing)} is missing; found: {', '.join(given)}."
        raise SourceError("ga4", path.name, fault, "Export the day again with the schema of the GA4 export.")


def _shape(kind: str) -> str:
    """STRUCT, list or plain: what no cast can bridge."""
    return "a list" if kind.endswith("[]") else "a STRUCT" if kind.startswith("STRUCT") else "a plain"
