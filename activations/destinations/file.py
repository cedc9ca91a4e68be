"""Files instead of a provider: for systems without an API, and for looking at what would be sent. CSV or Parquet, in a folder, an object
store (s3://, gs://, abfs://: any fsspec address whose package is installed) or at the other end of SFTP.

Credentials and scopes: the right to write there; for SFTP a user with a password or a key file, and the server's own key, without which
nothing is sent (filesystem-spec.readthedocs.io, docs.paramiko.org). Limits: 10,000 rows a file. Layout: `audiences/<audience>.csv`, the
whole audience, replaced at once; `messages/<hash>.csv` and `events/<hash>.csv`, one file per batch, named by its content, so that a
batch written again overwrites itself. Whoever reads several of those files tells repeats by `message_id` and `row_id`. A file is
written whole under another name and renamed, or put whole where a store does that by itself, so that nobody reads half of one; an SFTP
server that cannot rename over an older file has none for a moment. The
files hold addresses: keep the place as private as the warehouse.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from activations.destination import Ability, Limits, Request, Work
from activations.destinations.as_json import as_json
from activations.destinations.file_place import Place
from activations.model import Accepted, Message, Outcome, Unknown, Unreachable

_BATCH = Ability(Limits(rows=10_000, size_bytes=100_000_000), is_repeatable=True)
_FOLDERS = {Work.MESSAGE: "messages", Work.APPEND: "events"}
_ROWS_AT_ONCE = 10_000

Write = Callable[[IO[bytes]], None]


class File:
    """Writes below `url`: a folder, which is made where it is missing, or an fsspec address. `options` are those of its file system;
    for sftp:// they are username, password or key_filename, and host_key ('ssh-ed25519 AAAA…') or known_hosts (a file, by default the
    user's own).
    """

    abilities: Mapping[Work, Ability] = {Work.MESSAGE: _BATCH, Work.APPEND: _BATCH}

    def __init__(
        self,
        url: str | Path,
        *,
        kind: Literal["csv", "parquet"] = "csv",
        options: Mapping[str, Any] | None = None,
        name: str = "file",
    ) -> None:
        self.name = name
        self._kind = kind
        self._place = Place(str(url), options or {})

    def encode(self, work: Work, row: Any) -> bytes:
        values = {key: value for key, value in asdict(row).items() if key != "destination"} if isinstance(row, Message) else dict(row)
        return as_json(values)

    def send(self, request: Request) -> list[Outcome]:
        ordered = sorted(request.rows)  # the same batch in another order is the same file
        content_hash = hashlib.sha256(b"\n".join(ordered)).hexdigest()[:16]
        rows = [json.loads(row) for row in ordered]
        names = list(dict.fromkeys(name for row in rows for name in row))
        if self._kind == "csv":
            write = _csv(names, ([row.get(name) for name in names] for row in rows))
        else:
            table = pa.table({name: _column(name, [row.get(name) for row in rows]) for name in names})
            write = _parquet(table)
        return [self._write(f"{_FOLDERS[request.work]}/{content_hash}", write)] * len(ordered)

    def replace(self, audience: str, desired: pa.Table) -> Outcome:
        lines = (row.values() for batch in desired.to_batches(max_chunksize=_ROWS_AT_ONCE) for row in batch.to_pylist())
        write = _csv(desired.column_names, lines) if self._kind == "csv" else _parquet(desired)
        name = re.sub(r"[^\w-]", "_", audience)
        return self._write(f"audiences/{name}", write)

    def _write(self, path: str, write: Write) -> Outcome:
        path = f"{path}.{self._kind}"
        try:
            self._place.write(path, write)
        except Exception as error:  # every file system has errors of its own
            why = getattr(error, "strerror", None) or type(error).__name__
            if getattr(error, "is_in_doubt", False):
                return Unknown(f"{path} may be written or not: {why}")
            return Unreachable(f"{path} cannot be written: {why}")
        return Accepted(path)


def _csv(names: Iterable[str], lines: Iterable[Iterable[object]]) -> Write:
    def write(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
        writer = csv.writer(text)  # lines end as RFC 4180 has it: with less, a lone carriage return would stand without quotes
        writer.writerow(names)
        writer.writerows(map(_cell, line) for line in lines)
        text.detach()

    return write


def _parquet(table: pa.Table) -> Write:
    return lambda file: pq.write_table(table, file)


def _cell(value: object) -> object:
    """A list stands in one cell, its items between semicolons."""
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _column(name: str, values: list[Any]) -> pa.Array:
    """Values that are not of one kind become text."""
    if name == "occurred_at":
        return pa.array([datetime.fromisoformat(value) for value in values], pa.timestamp("us", "UTC"))
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([value if value is None or isinstance(value, str) else json.dumps(value) for value in values], pa.string())
