"""Every change of a sync, one row each: who, what, when, the answer, why, how often tried, and when again. No addresses."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.changes import ACTION, ATTEMPTS, OF, Mode
from activations.syncs.rows import Rows
from activations.syncs.snapshots import TIME, ListFiles, written
from activations.syncs.standing import ACCEPTED, DOUBTED, REJECTED, UNTOUCHED, WORDS, Standing
from activations.syncs.waits import next_try

_UNSAID = pa.array(["kept", "moved"])
_WORDS = pa.array(WORDS)
SCHEMA = pa.schema(
    [
        pa.field("sync_id", pa.string(), nullable=False),
        pa.field("destination", pa.string(), nullable=False),
        pa.field("audience", pa.string(), nullable=False),
        pa.field("profile_id", pa.string()),  # null: an address that somebody left longer ago
        pa.field("row_id", pa.string()),  # of what was appended
        pa.field(
            "action", pa.string(), nullable=False
        ),  # created, updated, appended; removed, left (an address, by someone who stays), kept, moved
        pa.field(
            "outcome", pa.string(), nullable=False
        ),  # accepted, rejected, in_doubt, held, left (not sent now), nothing (not to be sent)
        pa.field("code", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("attempts", pa.int32(), nullable=False),
        pa.field("at", TIME, nullable=False),
        pa.field("next", TIME),  # when it is tried again at the earliest; null: it is not
    ]
)


def write_log(files: ListFiles, sync_id: str, destination: str, audience: str, mode: Mode, standing: Standing, at: datetime) -> Path:
    """Of the changes of that sync, from what became of them."""
    changes = Rows(files.path(sync_id, "changes"))
    now = at.astimezone(UTC).replace(tzinfo=None)
    names = [name for name in ("profile_id", "row_id", ACTION, ATTEMPTS, OF) if name in changes.schema.names]
    path = files.path(sync_id, "log")
    start = 0
    with written(path, SCHEMA) as file:
        for batch in changes.batches(names):
            count = batch.num_rows
            status = standing.status[start : start + count]
            tries = batch.column(ATTEMPTS).fill_null(0).to_numpy() + (status != UNTOUCHED)
            is_unsaid = pc.is_in(batch.column(ACTION), value_set=_UNSAID)
            outcome = pc.if_else(is_unsaid, "nothing", _WORDS.take(pa.array(status)))
            others = np.flatnonzero(status != ACCEPTED).tolist()  # of most rows there is nothing more to say
            reasons = [standing.reasons.get(start + place, (None, None)) for place in others]
            is_next = np.isin(status, (UNTOUCHED, REJECTED, DOUBTED)) & ~is_unsaid.to_numpy(zero_copy_only=False)
            nexts = [
                (next_try(int(tries[place]), now) if status[place] == REJECTED else now) if is_next[place] else None for place in others
            ]
            columns = {
                "profile_id": batch.column("profile_id"),
                "row_id": batch.column("row_id") if mode is Mode.APPEND else pa.nulls(count, pa.string()),
                "action": batch.column(ACTION),
                "outcome": outcome,
                "code": _at(others, pa.array([code for code, _ in reasons], pa.string()), count),
                "detail": _at(others, pa.array([detail for _, detail in reasons], pa.string()), count),
                "attempts": pa.array(tries, pa.int32()),
                "next": _at(others, pa.array(nexts, TIME), count),
            }
            constant = {"sync_id": sync_id, "destination": destination, "audience": audience, "at": now}
            fixed = {name: pa.repeat(pa.scalar(value, SCHEMA.field(name).type), count) for name, value in constant.items()}
            file.write_batch(pa.RecordBatch.from_pydict(columns | fixed, schema=SCHEMA))
            start += count
    return path


def _at(places: list[int], values: pa.Array, count: int) -> pa.Array:
    """`count` values: these at `places`, null everywhere else."""
    if not places:
        return pa.nulls(count, values.type)
    index = np.full(count, -1)
    index[places] = np.arange(len(places))
    return values.take(pa.array(index, mask=index < 0))
