"""What a sync is about to say, written down whole before the first request leaves: whoever finds the file after a crash knows it all.

The file has the desired rows that are to be upserted (or appended), in their order; then the removals; then those that nothing is
said of: who is wished for no more but shares an address with someone who is, since the provider knows the two as one.

A long module, because it is one file that is written.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.addresses import NAMES, addresses, column, wished_for
from activations.syncs.difference import Difference
from activations.syncs.rows import Positions, Rows
from activations.syncs.snapshots import written
from activations.syncs.waits import NO_ADDRESS, deferred


class Mode(StrEnum):
    """How far a sync may go."""

    UPSERT = "upsert"
    """Who is new or changed is sent; nobody is ever taken off."""
    MIRROR = "mirror"
    """The list becomes the desired one: who is desired no more is taken off."""
    APPEND = "append"
    """Each `row_id` is told once, and never changed."""

    @property
    def key(self) -> str:
        """The column by which rows are told apart."""
        return "row_id" if self is Mode.APPEND else "profile_id"


ACTION, KNOWN, OF, ATTEMPTS, FORMER_REF = "sync.action", "sync.known", "sync.of", "sync.attempts", "sync.provider_ref"
FORMER = {name: f"sync.former_{name}" for name in NAMES}
OURS = pa.schema(
    [
        pa.field(ACTION, pa.string()),  # created, updated, appended; removed, left (an address, by who stays); unsaid: kept, moved
        pa.field(KNOWN, pa.int64()),  # position of the acknowledged row that it is about, or -1
        pa.field(OF, pa.int64()),  # of an address that somebody left: position in this file of the update that says so, else -1
        pa.field(ATTEMPTS, pa.int32()),  # how often the provider refused the very same row before
        pa.field(FORMER_REF, pa.string()),
        *(pa.field(name, pa.string()) for name in FORMER.values()),
    ]
)
_RESERVED = {"provider_ref", "acknowledged_at"}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows the file has of each kind, in this order."""

    created: int
    updated: int
    removals: int
    silent: int
    waiting: int
    """Not in the file: rows that the provider refused before, and that are not worth another try yet."""

    @property
    def upserts(self) -> int:
        return self.created + self.updated

    @property
    def total(self) -> int:
        return self.upserts + self.removals + self.silent


def sent_columns(desired: Rows, mode: Mode) -> pa.Schema:
    """What of a desired row is sent or kept, the key first. Raises ValueError for columns that would be taken for ours."""
    if taken := [name for name in desired.schema.names if name in _RESERVED or name.startswith("sync.")]:
        raise ValueError(f"the columns {', '.join(taken)} have a meaning of their own in a sync; name them otherwise")
    first = [pa.field(name, pa.string()) for name in (mode.key, "row_hash", *NAMES)]
    if mode is Mode.APPEND:
        if missing := {"event", "occurred_at", "profile_id"} - set(desired.schema.names):
            raise ValueError(f"what is to be appended lacks the columns {', '.join(sorted(missing))}")
        first += [pa.field("event", pa.string()), pa.field("occurred_at", pa.timestamp("us", "UTC")), pa.field("profile_id", pa.string())]
    else:
        first += [pa.field(name, pa.string()) for name in ("first_name", "last_name")]
    ours = {field.name for field in first} | {"audience"}
    return pa.schema([*first, *(field.with_nullable(True) for field in desired.schema if field.name not in ours)])


def write_changes(path: Path, desired: Rows, known: Rows, change: Difference, mode: Mode, waiting: pa.Table, now: datetime) -> Changes:
    """Takes 10,000,000 acknowledged rows or desired ones as a stream; what is held in memory grows with the changes."""
    sent = sent_columns(desired, mode)
    places = np.concatenate([change.created, change.updated])
    theirs = np.concatenate([np.full(len(change.created), -1), change.replaced])
    order = np.argsort(places)
    places, theirs = places[order], theirs[order]
    attempts, later, codes = deferred(desired, places, mode.key, waiting, now)
    if mode is Mode.MIRROR:
        later &= (theirs < 0) | (codes != NO_ADDRESS)  # whose address is gone is to be taken off
    places, theirs, attempts = places[~later], theirs[~later], attempts[~later]
    gone = change.gone if mode is not Mode.APPEND else change.gone[:0]
    former = _Former(known, np.union1d(theirs[theirs >= 0], gone)) if mode is not Mode.APPEND else None
    schema = pa.schema([*OURS, *sent])
    moved: list[pa.Table] = []
    with written(path, schema) as file:
        start = 0
        names = [name for name in sent.names if name in desired.schema.names]
        for batch in desired.at(places, names):
            span = slice(start, start + batch.num_rows)
            ours = _upserts(theirs[span], attempts[span], former, mode)
            file.write_batch(_as(schema, batch, ours))
            if former is not None and (theirs[span] >= 0).any():
                moved.append(_moved(batch, ours, start))
            start += batch.num_rows
        silent = removals = 0
        if former is not None:
            said, unsaid = _removals(former, gone if mode is Mode.MIRROR else gone[:0], moved, desired, mode, waiting, now)
            for some in (said, unsaid):
                for batch in some.to_batches():
                    file.write_batch(_as(schema, batch, batch))
            removals, silent = said.num_rows, unsaid.num_rows
    created = int((theirs < 0).sum())
    return Changes(created, len(places) - created, removals, silent, int(later.sum()))


class _Former:
    """What the provider was last told of those who change or go."""

    def __init__(self, known: Rows, positions: Positions) -> None:
        self._positions = positions
        names = [name for name in ("profile_id", *NAMES, "provider_ref") if name in known.schema.names]
        self._rows = known.taken(positions, names).combine_chunks()

    def at(self, positions: Positions) -> pa.Table:
        """By position in the snapshot; all null for -1."""
        index = pa.array(np.searchsorted(self._positions, positions), mask=positions < 0)
        return self._rows.take(index)


def _upserts(theirs: Positions, attempts: np.ndarray, former: _Former | None, mode: Mode) -> pa.RecordBatch:
    action = pc.if_else(pa.array(theirs < 0), "appended" if mode is Mode.APPEND else "created", "updated")
    columns = {ACTION: action, KNOWN: pa.array(theirs), ATTEMPTS: pa.array(attempts, pa.int32())}
    columns[OF] = pa.array(np.full(len(theirs), -1))
    if former is not None:
        rows = former.at(theirs)
        columns |= {theirs_name: column(rows, name).combine_chunks() for name, theirs_name in FORMER.items()}
        columns[FORMER_REF] = column(rows, "provider_ref").combine_chunks()
    return pa.RecordBatch.from_pydict(columns)


def _moved(batch: pa.RecordBatch, ours: pa.RecordBatch, start: int) -> pa.Table:
    """The updates that leave an address behind, as removals of it; of somebody who has no address any more, as removals of them."""
    before = addresses(ours.select(list(FORMER.values())).rename_columns(list(FORMER)))
    after = addresses(batch)
    differs = pc.and_(pc.is_valid(before), pc.fill_null(pc.not_equal(before, after), True))
    is_lost = pc.is_null(after)
    rows = pa.table(
        {
            ACTION: pc.if_else(is_lost, "removed", "left"),
            KNOWN: ours.column(KNOWN),
            OF: pc.if_else(is_lost, -1, pa.array(np.arange(start, start + batch.num_rows))),
            FORMER_REF: ours.column(FORMER_REF),
            "profile_id": batch.column("profile_id").cast(pa.string()),
            **{name: ours.column(theirs) for name, theirs in FORMER.items()},
        }
    )
    return rows.filter(differs)


def _removals(
    former: _Former, gone: Positions, moved: list[pa.Table], desired: Rows, mode: Mode, waiting: pa.Table, now: datetime
) -> tuple[pa.Table, pa.Table]:
    """What is said, and what is not since the address is still wished for (or nobody is to be taken off)."""
    rows = former.at(gone)
    leaving = pa.table(
        {
            ACTION: pa.array(["removed"] * len(gone), pa.string()),
            KNOWN: pa.array(gone),
            OF: pa.array(np.full(len(gone), -1)),
            FORMER_REF: column(rows, "provider_ref"),
            **{name: column(rows, name) for name in ("profile_id", *NAMES)},
        }
    )
    every = pa.concat_tables([leaving, *moved]).combine_chunks() if moved else leaving
    every = every.append_column("row_hash", pa.array([""] * every.num_rows, pa.string()))
    if mode is not Mode.MIRROR:
        return every.slice(0, 0), _unsaid(every.filter(pc.equal(every.column(ACTION), "left")))
    theirs = addresses(every)
    is_kept = pc.is_in(theirs, value_set=wished_for(desired, theirs))
    said, unsaid = every.filter(pc.invert(is_kept)), every.filter(is_kept)
    attempts, later, _ = deferred(Rows(said), np.arange(said.num_rows), "profile_id", waiting, now)
    said = said.append_column(ATTEMPTS, pa.array(attempts, pa.int32()))
    return said.filter(pa.array(~later)), _unsaid(unsaid)


def _unsaid(rows: pa.Table) -> pa.Table:
    is_left = pc.equal(rows.column(ACTION), "left")
    return rows.set_column(rows.column_names.index(ACTION), ACTION, pc.if_else(is_left, "moved", "kept"))


def _as(schema: pa.Schema, batch: pa.RecordBatch, ours: pa.RecordBatch) -> pa.RecordBatch:
    columns = [column(ours if field.name in OURS.names else batch, field.name, field.type) for field in schema]
    return pa.RecordBatch.from_arrays(
        [some.combine_chunks() if isinstance(some, pa.ChunkedArray) else some for some in columns], schema=schema
    )
