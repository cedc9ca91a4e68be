"""What must change at a provider so that an audience is the desired one: by key and row hash, against what was
acknowledged.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.snapshots import SCHEMA


@dataclass(frozen=True, slots=True)
class Difference:
    """`upserts`: the desired rows that are new or changed, in the desired order; `removals`: acknowledged rows that
    are wished for no more.
    """

    upserts: pa.Table
    created: int
    removals: pa.Table

    @property
    def is_empty(self) -> bool:
        return bool(self.upserts.num_rows == 0 and self.removals.num_rows == 0)


def difference(audience: str, desired: pa.Table, acknowledged: pa.Table) -> Difference:
    """Raises ValueError, naming the column and the count, for a table that is no audience."""
    _check(audience, desired)
    keys = pa.table({name: desired.column(name).cast(pa.string()) for name in ("profile_id", "row_hash")})
    keys = keys.append_column("position", pa.array(range(desired.num_rows), pa.int64()))
    known = acknowledged.select(["profile_id", "row_hash"]).rename_columns(["profile_id", "known_hash"])
    joined = keys.join(known, "profile_id", join_type="left outer")
    is_new = pc.is_null(joined.column("known_hash"))
    is_changed = pc.fill_null(pc.not_equal(joined.column("row_hash"), joined.column("known_hash")), True)
    changed = joined.filter(is_changed).column("position")
    removals = acknowledged.join(keys.select(["profile_id"]), "profile_id", join_type="left anti").sort_by("profile_id")
    upserts = desired.take(changed.combine_chunks().take(pc.sort_indices(changed)))
    return Difference(upserts, pc.sum(is_new.cast(pa.int64())).as_py() or 0, removals)


def _check(audience: str, desired: pa.Table) -> None:
    for name in ("profile_id", "row_hash"):
        if name not in desired.column_names:
            raise ValueError(f"audience {audience}: the column {name} is missing; there are {', '.join(desired.column_names)}")
        if empty := desired.column(name).null_count:
            raise ValueError(f"audience {audience}: {empty} rows have no {name}")
    if repeated := desired.num_rows - pc.count_distinct(desired.column("profile_id")).as_py():
        raise ValueError(f"audience {audience}: {repeated} rows repeat a profile_id; each profile stands once in an audience")
    if "audience" in desired.column_names:
        others = [name for name in pc.unique(desired.column("audience")).to_pylist() if name != audience]
        if others:
            raise ValueError(f"audience {audience}: there are rows of {', '.join(map(str, others))} as well")


def address_hash(address: str | None) -> str | None:
    """The same for addresses that a provider takes for one."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest() if address else None


def member_hashes(rows: Iterable[dict[str, object]]) -> list[str | None]:
    """By row, of the e-mail address, or of the phone number where there is none."""
    return [address_hash(str(address) if (address := row.get("email") or row.get("phone")) else None) for row in rows]


def with_accepted(acknowledged: pa.Table, accepted: pa.Table, at: datetime) -> pa.Table:
    """The snapshot after the provider took these rows of the desired table."""
    rows = accepted.to_pylist()
    fresh = pa.table(
        {
            "profile_id": accepted.column("profile_id").cast(pa.string()),
            "row_hash": accepted.column("row_hash").cast(pa.string()),
            "address_hash": pa.array(member_hashes(rows), pa.string()),
            "acknowledged_at": pa.array([at.astimezone(UTC).replace(tzinfo=None)] * len(rows), pa.timestamp("us")),
        }
    ).cast(SCHEMA)
    return pa.concat_tables([without(acknowledged, fresh.column("profile_id")), fresh]).sort_by("profile_id")


def without(acknowledged: pa.Table, profile_ids: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The snapshot after these profiles were taken off."""
    return acknowledged.filter(pc.invert(pc.is_in(acknowledged.column("profile_id"), value_set=profile_ids)))
