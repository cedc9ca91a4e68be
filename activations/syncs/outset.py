"""Where a sync begins: nobody else has the list, what died before is settled, and the difference is known."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from activations.destination import Destination
from activations.syncs.changes import Mode, sent_columns
from activations.syncs.difference import Difference, difference
from activations.syncs.journal import Current, Journal
from activations.syncs.recovery import standing_now
from activations.syncs.rows import Rows
from activations.syncs.snapshots import APPENDED, OURS, ListFiles, Snapshots


@dataclass(frozen=True, slots=True)
class Outset:
    """A list and what it is to become, while nobody else may touch it."""

    sync_id: str
    files: ListFiles
    journal: Journal
    current: Current
    desired: Rows
    known: Rows
    change: Difference


@contextmanager
def outset(
    audience: str, desired: pa.Table | Path, destination: Destination, snapshots: Snapshots, at: datetime, mode: Mode
) -> Iterator[Outset]:
    """Holds the list. Raises ValueError for a table that is no audience or a mode that is not for this list, SyncBusyError."""
    rows = Rows(desired)
    sent_columns(rows, mode)
    if mode is not Mode.APPEND and "row_hash" not in rows.schema.names:
        raise ValueError(f"audience {audience}: the column row_hash is missing; there are {', '.join(rows.schema.names)}")
    sync_id = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"
    files, journal = snapshots.files(destination.name, audience), snapshots.journal(destination.name, audience)
    with journal.alone(files.lock):
        current = standing_now(files, journal, destination, rows, f"{sync_id}-0", at)  # two generations never share a name
        known = files.members(current.generation, APPENDED if mode is Mode.APPEND else OURS)
        if mode.key not in known.schema.names:
            raise ValueError(f"audience {audience}: a list that was appended to cannot become one of people, nor the other way round")
        row_hash = None if mode is Mode.APPEND else "row_hash"
        change = difference(audience, rows, known, key=mode.key, row_hash=row_hash)
        yield Outset(sync_id, files, journal, current, rows, known, change)
