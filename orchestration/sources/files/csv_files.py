"""Reads tables from a folder of CSV files, one `<table>.csv` or `<table>.csv.gz` each: csv:///path/to/folder.

UTF-8, with or without a byte order mark. The first line names the columns; the delimiter is the one of comma, semicolon, tab and bar by
which it names most of the declared ones, or told: csv:///path?delimiter=%7C. Always read whole: what changed is seen by comparing.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa

from orchestration.sources import drift
from orchestration.sources.errors import SourceError, TableMissingError
from orchestration.sources.files.csv_lines import DELIMITERS, LONGEST, NoHeaderError, header_of, rows_of
from orchestration.sources.reading import Malformed, Reading, batch
from orchestration.sources.table import Table


@contextmanager
def reading(table: Table, url: str, batch_rows: int) -> Iterator[Reading]:
    """The table's file, open for the block. Raises SourceError where it is missing, is not as declared, or changes while it is read."""
    path, told = _place(table, url)
    before = _state(path)
    try:
        with _opened(path) as file:
            delimiter, found = _header(table, path, file.readline(LONGEST), told)
            shape = drift.compare(table, dict.fromkeys(found))
            places = [None if name is None else found.index(name) for name in (*shape.names, *shape.extras)]
            malformed: list[Malformed] = []

            def read(_: datetime | None) -> Iterator[pa.Table]:
                rows = rows_of(file, delimiter, len(found), malformed)
                while part := list(islice(rows, batch_rows)):
                    columns = list(zip(*part, strict=True))
                    yield batch([[None] * len(part) if place is None else columns[place] for place in places])
                if not path.exists() or _state(path) != before:
                    remedy = "Run again once it is written; better: write it elsewhere and rename it."
                    raise SourceError(table.source, table.name, f"{path} changed while it was read.", remedy)

            yield Reading(read, extras=shape.extras, malformed=lambda: malformed)
    except (gzip.BadGzipFile, EOFError) as error:
        remedy = "Write the file again: nothing of it was landed."
        raise SourceError(table.source, table.name, f"{path} cannot be unpacked ({error}).", remedy) from None


def _place(table: Table, url: str) -> tuple[Path, str]:
    parts = urlsplit(url)
    folder = Path(unquote(parts.path))
    if parts.netloc or not parts.path:
        raise SourceError(table.source, table.name, "its URL names no folder.", "Write csv:///absolute/path, with three slashes.")
    told = parse_qs(parts.query).get("delimiter", [""])[0]
    if len(told) > 1:
        raise SourceError(table.source, table.name, f"its delimiter {told!r} is no single character.", "Write it like ?delimiter=%3B.")
    for name in (f"{table.name}.csv", f"{table.name}.csv.gz"):
        if (folder / name).is_file():
            return folder / name, told
    found = ", ".join(sorted(path.name for path in folder.glob("*.csv*"))) if folder.is_dir() else ""
    fault = f"there is no file {folder / table.name}.csv or .csv.gz; found: {found or 'no CSV file'}."
    kind = TableMissingError if found else SourceError
    raise kind(table.source, table.name, fault, "Check the path, or put the file there.")


def _opened(path: Path) -> TextIO:
    # What is no UTF-8 is kept apart as such, to be refused line by line; line ends within quotes stay as they are.
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _header(table: Table, path: Path, line: str, told: str) -> tuple[str, list[str]]:
    try:
        return header_of(line, table.column_names, [told] if told else DELIMITERS)
    except NoHeaderError as error:
        fault, remedy = f"the first line of {path} {error}.", "Write the names of the columns there, in a file of UTF-8."
        raise SourceError(table.source, table.name, fault, remedy) from None
