"""What a list is believed to be, brought in line with what its provider lists. The provider hears nothing of it before the next sync."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.addresses import column
from activations.syncs.journal import Current, Journal
from activations.syncs.rewriting import rewrite
from activations.syncs.rows import Positions, Rows
from activations.syncs.snapshots import TIME, ListFiles

_MANY, _MOST = 20, 0.5
"""Where so many, and more than that share, are to be sent again, it is a back-fill: nothing that starts when people join may start."""


def mend(
    files: ListFiles, journal: Journal, current: Current, known: Rows, forgotten: Positions, remembered: pa.Table, at: datetime
) -> bool:
    """For whoever holds the list: makes the generation without the rows `forgotten`, and with the people `remembered`, who are listed.
    Returns whether there was anything to do.
    """
    if len(forgotten) + remembered.num_rows == 0:
        return False
    is_backfill = len(forgotten) >= _MANY and len(forgotten) > _MOST * current.members
    rows = _rows(known, forgotten, remembered, at)
    rewrite(files, journal, current, rows, known.schema, at, is_loaded=not is_backfill)
    return True


def _rows(known: Rows, forgotten: Positions, remembered: pa.Table, at: datetime) -> Iterator[pa.RecordBatch]:
    is_kept = np.ones(known.count, bool)
    is_kept[forgotten] = False
    start = 0
    for batch in known.batches(known.schema.names):
        yield batch.filter(pa.array(is_kept[start : start + batch.num_rows]))
        start += batch.num_rows
    for batch in _as_told(remembered, at).combine_chunks().to_batches():
        yield pa.RecordBatch.from_arrays([column(batch, field.name, field.type) for field in known.schema], schema=known.schema)


def _as_told(people: pa.Table, at: datetime) -> pa.Table:
    """Nothing is known of what they were told last. Of two with one key the second is known by address and number alone."""
    address, seen, keys = people.column("address"), set[str](), list[str | None]()
    for key in people.column("profile_id").to_pylist():
        keys.append(None if key in seen else key)
        seen.add(key)
    is_email = pc.fill_null(pc.match_substring(address, "@"), False)
    now = pa.scalar(at.astimezone(UTC).replace(tzinfo=None), TIME)
    return pa.table(
        {
            "profile_id": pa.array(keys, pa.string()),
            "row_hash": pa.repeat("", len(keys)),
            "email": pc.if_else(is_email, address, pa.scalar(None, pa.string())),
            "phone": pc.if_else(is_email, people.column("phone"), address),
            "provider_ref": people.column("provider_id"),
            "acknowledged_at": pa.repeat(now, len(keys)),
        }
    )
