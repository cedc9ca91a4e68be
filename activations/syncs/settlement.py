"""What a sync came to, as the next generation of what the provider holds; the same for a sync that ended and for one that died."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.changes import ACTION, ATTEMPTS, KNOWN, OF, Mode
from activations.syncs.generation import write_appended, write_members
from activations.syncs.rows import Rows
from activations.syncs.snapshots import WAITING, ListFiles, written
from activations.syncs.standing import ACCEPTED, DOUBTED, HELD, REJECTED, Standing
from activations.syncs.waits import next_try


@dataclass(frozen=True, slots=True)
class Settlement:
    """`members`: rows of the new generation; `upserted`, `removed`, `rejected`, `left`: rows of the changes; `held`: key -> why."""

    members: int
    upserted: int
    removed: int
    rejected: int
    left: int
    held: dict[str, str]

    def counts(self) -> dict[str, object]:
        """As the ledger keeps them."""
        return {"accepted": self.upserted, "removed": self.removed, "rejected": self.rejected, "remaining": self.left}


def settle(files: ListFiles, sync_id: str, generation: str | None, mode: Mode, standing: Standing, at: datetime) -> Settlement:
    """Writes the generation named like the sync, from the one before, the changes and what became of them."""
    changes = Rows(files.path(sync_id, "changes"))
    facts = changes.whole([ACTION, KNOWN, OF, ATTEMPTS, mode.key, "row_hash"])
    known_at, of = (facts.column(name).fill_null(-1).to_numpy() for name in (KNOWN, OF))
    status = standing.status
    is_there = np.isin(status, (ACCEPTED, DOUBTED, HELD))
    kinds = (("created", "updated", "appended"), ("removed",), ("left", "moved"), ("kept",), ("left",))
    is_upsert, is_removal, is_left, is_kept, is_said = (
        pc.is_in(facts.column(ACTION), value_set=pa.array(kind)).to_numpy(zero_copy_only=False) for kind in kinds
    )
    upserted = np.flatnonzero(is_upsert & is_there)
    if mode is Mode.APPEND:
        told = np.flatnonzero(np.isin(status, (ACCEPTED, HELD)))  # who is in doubt is told again: a repeat is dropped
        members = write_appended(files, sync_id, generation, changes, told, at)
    else:
        is_dropped = (known_at >= 0) & (((is_removal | is_upsert) & is_there) | is_kept)
        has_moved = is_left & (of >= 0)
        has_moved[has_moved] = is_there[of[has_moved]]
        is_remaining = has_moved & (status != ACCEPTED)
        uncertain = np.flatnonzero((is_removal & (status == DOUBTED)) | is_remaining | is_kept)
        taken_off = np.flatnonzero((is_removal & is_there) | has_moved)
        members = write_members(files, sync_id, generation, changes, known_at[is_dropped], upserted, taken_off, uncertain, standing, at)
    _write_waiting(files, sync_id, generation, facts.select([mode.key, "row_hash", ATTEMPTS]), standing, at)
    is_open = (is_upsert | is_removal | is_said) & ~np.isin(status, (ACCEPTED, REJECTED, HELD))
    keys = facts.column(mode.key)
    return Settlement(
        members,
        int((is_upsert & (status == ACCEPTED)).sum()),
        int((is_removal & (status == ACCEPTED)).sum()),
        int((status == REJECTED).sum()),
        int(is_open.sum()),
        {keys[row].as_py(): standing.reasons[row][1] for row in np.flatnonzero(status == HELD).tolist()},
    )


def _write_waiting(files: ListFiles, sync_id: str, generation: str | None, facts: pa.Table, standing: Standing, at: datetime) -> None:
    """Who was refused now, and who still waits from before. A row that is tried again, or is no more, is forgotten."""
    refused = np.flatnonzero(standing.status == REJECTED)
    rows = facts.take(pa.array(refused)).to_pydict()
    key, row_hash, attempts = (list(values) for values in rows.values())
    tries = [(before or 0) + 1 for before in attempts]
    now = at.astimezone(UTC).replace(tzinfo=None)
    fresh = pa.table(
        {
            "key": [some or "" for some in key],
            "row_hash": [some or "" for some in row_hash],
            "code": [standing.reasons[row][0] for row in refused.tolist()],
            "attempts": tries,
            "next_at": [next_try(count, now) for count in tries],
        },
        schema=WAITING,
    )
    before = files.waiting(generation)
    still = before.filter(pa.array(before.column("next_at").to_numpy() > np.datetime64(now)))
    with written(files.path(sync_id, "waiting"), WAITING) as file:
        file.write_table(pa.concat_tables([still, fresh]))
