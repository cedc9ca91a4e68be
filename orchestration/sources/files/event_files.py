"""Reads files of events into the columns of collector.EVENTS: newline JSON, CSV, Parquet, and the collector's spool.

A field that is not declared is kept in `properties`. A line that is no record is handed over as Unreadable, with its place.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TextIO

import orjson
import pyarrow.parquet as pq

from orchestration.sources.collector import EVENTS
from orchestration.sources.files.csv_lines import LONGEST, header_of, numbered
from orchestration.sources.files.event_json import exact, properties_of
from orchestration.sources.reading import Malformed
from orchestration.sources.table import Row

JSON_LINES, CSV, PARQUET = (".jsonl", ".ndjson", ".json"), (".csv",), (".parquet",)
#: A file with more lines that are no records is no file of events.
MOST_UNREADABLE = 10_000
_LONGEST_SHOWN = 10_000
_DECLARED = frozenset(EVENTS.column_names) - {"properties", "came_from"}
_NAMED = _DECLARED | {"properties"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Unreadable:
    """A line that is no record. place: `<file>:<line>`, from 1. fault: what is wrong with it. text: the line, cut where it is very long."""

    place: str
    fault: str
    text: str


def is_events_file(path: Path) -> bool:
    """A file of a known kind that is not hidden; `.gz` may follow the kind, but for Parquet."""
    kinds = (*JSON_LINES, *CSV)
    return not path.name.startswith((".", "_")) and path.name.endswith((*kinds, *(f"{kind}.gz" for kind in kinds), *PARQUET))


def read(path: Path, name: str, *, is_spool: bool = False) -> Iterator[Row | Unreadable]:
    """The records of a file in the columns of EVENTS, each with its place. name: how the file is called in places.

    is_spool: a last line without its line feed was never answered for, and is passed over; elsewhere it is a record where it is whole.
    Raises NoHeaderError, OSError, EOFError, ValueError, zlib.error, pyarrow.ArrowException where the file as a whole cannot be read.
    """
    kind = Path(path.name.removesuffix(".gz")).suffix
    if kind in PARQUET:
        yield from _parquet(path, name)
    elif kind in CSV:
        yield from _csv(path, name)
    else:
        yield from _json_lines(path, name, is_spool)


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    with _opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        yield lines


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def _json_lines(path: Path, name: str, is_spool: bool) -> Iterator[Row | Unreadable]:
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            line = line.removeprefix(_BOM) if number == 1 else line
            is_ended = line.endswith(b"\n")
            if not line.strip() or (is_spool and not is_ended):
                continue
            try:
                fields = exact(line)
            except orjson.JSONDecodeError as error:
                fault = f"it is no JSON ({error.msg})" if is_ended else "it is cut off"
                yield _unreadable(name, number, fault, line.decode("utf-8", "replace"))
                continue
            if isinstance(fields, dict):
                yield _row(fields, f"{name}:{number}")
            else:
                yield _unreadable(name, number, "it is no JSON object", line.decode("utf-8", "replace"))


def _csv(path: Path, name: str) -> Iterator[Row | Unreadable]:
    with _text(path) as file:
        first = file.readline(LONGEST)
        if not first:
            return
        delimiter, found = header_of(first, _DECLARED)
        head = [column.lower() if column.lower() in _NAMED else column for column in found]
        for number, values in numbered(file, delimiter, len(head)):
            if isinstance(values, Malformed):
                yield _unreadable(name, number, values.fault, values.text)
            else:
                yield _row({column: value for column, value in zip(head, values, strict=True) if value}, f"{name}:{number}")


def _parquet(path: Path, name: str) -> Iterator[Row]:
    number = 0
    with closing(pq.ParquetFile(path)) as file:
        for batch in file.iter_batches(5_000):
            for fields in batch.to_pylist():
                number += 1
                yield _row(fields, f"{name}:{number}")


def _unreadable(name: str, number: int, fault: str, line: str) -> Unreadable:
    return Unreadable(f"{name}:{number}", fault, line[:_LONGEST_SHOWN].rstrip("\r\n"))


def _row(fields: Mapping[str, Any], place: str) -> Row:
    row = {name: fields.get(name) for name in _DECLARED}
    at = row["event_at"]
    with suppress(ValueError, OverflowError):  # the landing says what is wrong with it
        at = datetime.fromisoformat(at.strip()) if isinstance(at, str) else at
        row["event_at"] = at.astimezone(UTC).replace(tzinfo=None) if isinstance(at, datetime) and at.tzinfo else at
    rest = {name: value for name, value in fields.items() if name not in _DECLARED and name != "properties" and value is not None}
    return {**row, "properties": properties_of(fields.get("properties"), rest), "came_from": place}
