"""What must change at a provider so that a list is the desired one: by key and row hash, against what was acknowledged.

Only two columns are read of either side, as numbers (`fingerprints`), so that 10 million members take seconds and about 2 GiB.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.fingerprints import Numbers, fingerprints
from activations.syncs.rows import Positions, Rows


@dataclass(frozen=True, slots=True)
class Difference:
    """Positions, ascending: of rows of the desired table that are `created` or `updated`, of acknowledged rows whose key is
    desired no more (`gone`), and, aligned with `updated`, of the acknowledged rows that they replace (`replaced`).
    """

    created: Positions
    updated: Positions
    replaced: Positions
    gone: Positions
    fingerprint: str
    """Of the desired keys and hashes, whatever their order."""

    @property
    def is_empty(self) -> bool:
        return len(self.created) + len(self.updated) + len(self.gone) == 0


@dataclass(frozen=True, slots=True)
class _Keys:
    first: Numbers
    second: Numbers
    hashes: Numbers
    order: Positions
    ranked: Numbers
    """`first` in ascending order, which is `order`."""


def difference(audience: str, desired: Rows, known: Rows, *, key: str = "profile_id", row_hash: str | None = "row_hash") -> Difference:
    """Raises ValueError, naming the column and the count, for a table that is no audience. Without `row_hash` a known key
    is never updated.
    """
    wanted_names = [name for name in (key, row_hash) if name]
    for name in wanted_names:
        if name not in desired.schema.names:
            raise ValueError(f"audience {audience}: the column {name} is missing; there are {', '.join(desired.schema.names)}")
    with ThreadPoolExecutor(2) as two:
        reading = two.submit(_keys, known, wanted_names)
        wanted = _keys(desired, wanted_names, audience)
        held = reading.result()
    same_first = wanted.ranked[1:] == wanted.ranked[:-1]
    if same_first.any():
        ranked = wanted.second[wanted.order]
        if repeated := int((ranked[1:] == ranked[:-1])[same_first].sum()):
            raise ValueError(f"audience {audience}: {repeated} rows repeat a {key}; each stands once in an audience")
    found = np.searchsorted(held.ranked, wanted.ranked)
    found[found == len(held.ranked)] = 0
    is_known = held.ranked[found] == wanted.ranked if len(held.ranked) else np.zeros(len(wanted.ranked), bool)
    ours, theirs = wanted.order[is_known], held.order[found[is_known]]
    if (wanted.second[ours] != held.second[theirs]).any() or same_first.any():
        raise ValueError(
            f"audience {audience}: two keys cannot be told apart by their fingerprints"
        )  # once in 50,000 audiences of 10 million
    is_changed = wanted.hashes[ours] != held.hashes[theirs]
    is_gone = np.ones(known.count, bool)
    is_gone[theirs] = False
    updated, replaced = ours[is_changed], theirs[is_changed]
    in_order = np.argsort(updated)
    sums = (int(((wanted.first ^ wanted.hashes) * np.uint64(0x9E3779B97F4A7C15)).sum()), int((wanted.second + wanted.hashes).sum()))
    return Difference(
        np.sort(wanted.order[~is_known]),
        updated[in_order],
        replaced[in_order],
        np.flatnonzero(is_gone),
        f"{desired.count}:{sums[0]:016x}{sums[1]:016x}",
    )


def _keys(rows: Rows, names: Sequence[str], audience: str | None = None) -> _Keys:
    """`audience` is given for the desired rows, which are checked."""
    first, second, hashes = (np.zeros(rows.count, np.uint64) for _ in range(3))
    has_others = audience is not None and "audience" in rows.schema.names
    start = 0
    for batch in rows.batches([*names, "audience"] if has_others else names):
        end = start + batch.num_rows
        first[start:end], second[start:end] = fingerprints(batch.column(0))
        if len(names) > 1:
            hashes[start:end] = fingerprints(batch.column(1))[0]
        if audience is not None:
            _check(audience, batch, names)
        start = end
    order = np.argsort(first)
    return _Keys(first, second, hashes, order, first[order])


def _check(audience: str, batch: pa.RecordBatch, names: Sequence[str]) -> None:
    for name in names:
        if empty := batch.column(name).null_count:
            raise ValueError(f"audience {audience}: {empty} rows have no {name}")
    if "audience" in batch.schema.names:
        others = [name for name in pc.unique(batch.column("audience")).to_pylist() if name != audience]
        if others:
            raise ValueError(f"audience {audience}: there are rows of {', '.join(map(str, others))} as well")
