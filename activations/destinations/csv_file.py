"""CSV files in a folder: for providers without an API, and for looking at what would be sent.

Credentials and scopes: the right to write to the folder. Limits: 10,000 messages a file. Layout:
`audiences/<audience>.csv`, the whole audience, replaced at once; `messages/<hash>.csv`, one file per batch, named by
its content, so that a batch written again overwrites itself. Whoever reads several message files tells repeats by
`message_id`. The files hold addresses: keep the folder as private as the warehouse.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

import pyarrow as pa

from activations.destination import Ability, Limits, Request, Work
from activations.model import Accepted, Message, Outcome, Unreachable

_COLUMNS = [field.name for field in fields(Message) if field.name != "destination"]


class CsvFile:
    """Writes below `folder`, which is made where it is missing."""

    abilities: Mapping[Work, Ability] = {Work.MESSAGE: Ability(Limits(rows=10_000, size_bytes=100_000_000), is_repeatable=True)}

    def __init__(self, folder: Path, *, name: str = "csv_file") -> None:
        self.name = name
        self._folder = folder

    def encode(self, work: Work, message: Message) -> bytes:
        values = {name: getattr(message, name) for name in _COLUMNS} | {"occurred_at": message.occurred_at.isoformat()}
        return json.dumps([values[name] for name in _COLUMNS], ensure_ascii=False).encode()

    def send(self, request: Request) -> list[Outcome]:
        ordered = sorted(request.rows)  # the same batch in another order is the same file
        content_hash = hashlib.sha256(b"\n".join(ordered)).hexdigest()[:16]
        written = self._write(Path("messages") / f"{content_hash}.csv", [_COLUMNS, *(json.loads(row) for row in ordered)])
        return [Accepted(f"messages/{content_hash}.csv") if isinstance(written, Accepted) else written] * len(ordered)

    def replace(self, audience: str, desired: pa.Table) -> Outcome:
        rows = (map(_cell, row.values()) for row in desired.to_pylist())
        return self._write(Path("audiences") / f"{audience}.csv", [desired.column_names, *rows])

    def _write(self, path: Path, rows: Iterable[Iterable[object]]) -> Outcome:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        target = self._folder / path
        partial = target.with_suffix(".partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            return Unreachable(f"{target.parent} cannot be written: {error.strerror}")
        return Accepted(str(path))


def _cell(value: object) -> object:
    """A list stands in one cell, its items between semicolons."""
    return ";".join(map(str, value)) if isinstance(value, list) else value
