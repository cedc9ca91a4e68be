"""Refused rows as a sheet to be mended by hand: written as CSV, read back for the values that a person changed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from orchestration.landing.entries import Entry

_ABOUT = ("quarantine_id", "reason", "detail")


def write_sheet(chosen: Sequence[Entry], path: Path) -> int:
    """Writes the rows of one table, every value as it came, personal ones too; gives their number. What is no row is left out.

    Raises ValueError where the entries are of several tables, which have no columns in common.
    """
    tables = sorted({entry.table for entry in chosen})
    if len(tables) > 1:
        raise ValueError(f"these rows are of {', '.join(tables)}; a sheet holds one table: name it with --table.")
    rows = [(entry, row) for entry in chosen if (row := entry.row()) is not None]
    columns = list(dict.fromkeys(name for _, row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*_ABOUT, *columns])
        for entry, row in rows:
            writer.writerow([*(getattr(entry, name) for name in _ABOUT), *(row.get(name) or "" for name in columns)])
    return len(rows)


def read_sheet(path: Path, held: Sequence[Entry]) -> list[tuple[Entry, dict[str, str]]]:
    """The entries whose row differs in the sheet, with the values that do. An empty cell is an empty value.

    Raises ValueError for a file without ids, LookupError for an id that is not open.
    """
    by_id = {entry.quarantine_id: entry for entry in held}
    changed: list[tuple[Entry, dict[str, str]]] = []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if "quarantine_id" not in (reader.fieldnames or ()):
            raise ValueError(f"{path} has no column quarantine_id; write it with regulars quarantine export.")
        for line in reader:
            entry = by_id.get(line["quarantine_id"])
            if entry is None:
                raise LookupError(f"quarantine {line['quarantine_id']}: no open entry; export anew.")
            row = entry.row() or {}
            values = {name: value for name, value in line.items() if name in row and (value or "") != (row[name] or "")}
            if values:
                changed.append((entry, values))
    return changed
