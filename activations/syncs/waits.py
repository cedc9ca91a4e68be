"""Rows that a provider refuses are not sent again every day for ever: the wait grows, as long as they and the reason stay the same."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.rows import Positions, Rows

NO_ADDRESS = "no_address"
_LONGEST_DAYS = 32


def next_try(attempts: int, at: datetime) -> datetime:
    """When a row that was refused so many times in the same way is tried again: at the next sync, then after 2, 4, 8, … 32 days."""
    return at + timedelta(days=min(2 ** (attempts - 1), _LONGEST_DAYS) if attempts > 1 else 0)


def deferred(rows: Rows, places: Positions, key: str, waiting: pa.Table, now: datetime) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By place: how often the very same row was refused before, whether its time has not come yet, and why it was refused."""
    attempts, later, codes = np.zeros(len(places), np.int32), np.zeros(len(places), bool), np.full(len(places), "", object)
    if waiting.num_rows == 0 or len(places) == 0:
        return attempts, later, codes
    names = [name for name in (key, "row_hash") if name in rows.schema.names]
    found = pc.index_in(_joined(rows.taken(places, names), key), value_set=_joined(waiting, "key").combine_chunks())
    is_known = pc.is_valid(found).to_numpy(zero_copy_only=False)
    entries = waiting.take(pc.drop_null(found))
    attempts[is_known] = entries.column("attempts").to_numpy()
    codes[is_known] = entries.column("code").to_numpy()
    due = entries.column("next_at").to_numpy()
    later[is_known] = due > np.datetime64(now.astimezone(UTC).replace(tzinfo=None))
    return attempts, later, codes


def _joined(rows: pa.Table, key: str) -> pa.ChunkedArray:
    keys = pc.fill_null(rows.column(key).cast(pa.string()), "")
    hashes = rows.column("row_hash").cast(pa.string()) if "row_hash" in rows.column_names else pa.scalar("")
    joined: pa.ChunkedArray = pc.binary_join_element_wise(keys, hashes, "\0")
    return joined
