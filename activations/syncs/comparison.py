"""What a provider is believed to hold against what it lists, person by person.

People are the same by their profile_id where the provider keeps it, or by their address: providers merge people who share one, and
then know one of their profile_ids alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.addresses import NAMES, addresses
from activations.syncs.rows import Positions, Rows

TAKEN_OFF = pa.schema([("profile_id", pa.string()), ("address", pa.string()), ("at", pa.timestamp("us"))])
"""Whom syncs took off a list, and when (UTC); a row for each address by which they may be known."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """By position in what is believed to be held: people who `agree`; who are `missing`; the same, but acknowledged so lately that the
    provider may not list them yet (`recent`), or never (`unanswered`: the next sync tells them anyway). By position in what is listed:
    who is on it though a sync took them off (`returned`; `leaving`, where that was lately), and who never was of ours (`strangers`).
    """

    agreed: Positions
    missing: Positions
    recent: Positions
    unanswered: Positions
    returned: Positions
    leaving: Positions
    strangers: Positions


def compare(known: Rows, listed: pa.Table, taken_off: pa.Table, settled_before: datetime) -> Comparison:
    """`listed`: as a listing has its people; `taken_off`: as TAKEN_OFF says. What happened after `settled_before` is lately."""
    ours = known.whole(["profile_id", "row_hash", *NAMES, "acknowledged_at"])
    until = pa.scalar(settled_before.astimezone(UTC).replace(tzinfo=None), pa.timestamp("us"))
    here, there = plain(addresses(ours)), [plain(listed.column("address")), plain(listed.column("phone"))]
    keys, ids = ours.column("profile_id"), listed.column("profile_id")
    is_person = _flags(pc.is_valid(keys))
    is_listed = _is_among(keys, ids) | _is_among(here, *there)
    is_told = _flags(pc.not_equal(ours.column("row_hash"), ""))
    is_settled = _flags(pc.less_equal(ours.column("acknowledged_at"), until))
    is_away = is_person & ~is_listed
    is_ours = _is_among(ids, keys) | _is_among(there[0], here) | _is_among(there[1], here)
    is_off, is_off_long = (_was_taken_off(ids, there[0], some) for some in (taken_off, taken_off.filter(_until(taken_off, until))))
    return Comparison(
        np.flatnonzero(is_person & is_listed),
        np.flatnonzero(is_away & is_told & is_settled),
        np.flatnonzero(is_away & is_told & ~is_settled),
        np.flatnonzero(is_away & ~is_told),
        np.flatnonzero(~is_ours & is_off_long),
        np.flatnonzero(~is_ours & is_off & ~is_off_long),
        np.flatnonzero(~is_ours & ~is_off),
    )


def plain(some: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Addresses as they are compared: of a number its digits alone, for some providers leave out the + or put blanks in."""
    low = pc.utf8_lower(pc.utf8_trim_whitespace(some))
    low = low.combine_chunks() if isinstance(low, pa.ChunkedArray) else low
    is_number = pc.fill_null(pc.invert(pc.match_substring(low, "@")), False)
    found = pc.replace_with_mask(low, is_number, pc.replace_substring_regex(low.filter(is_number), "[^0-9]", ""))
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def _was_taken_off(ids: pa.ChunkedArray, addresses_there: pa.ChunkedArray, taken_off: pa.Table) -> np.ndarray:
    """By profile_id where the provider has one, else by address."""
    has_id = _flags(pc.is_valid(ids))
    by_id, by_address = _is_among(ids, taken_off.column("profile_id")), _is_among(addresses_there, plain(taken_off.column("address")))
    found: np.ndarray = (has_id & by_id) | (~has_id & by_address)
    return found


def _until(taken_off: pa.Table, until: pa.Scalar) -> pa.ChunkedArray:
    """Those who were not taken off once more since."""
    since = taken_off.filter(pc.greater(taken_off.column("at"), until)).column("profile_id")
    return pa.array(~_is_among(taken_off.column("profile_id"), since))


def _is_among(some: pa.ChunkedArray | pa.Array, *others: pa.ChunkedArray | pa.Array) -> np.ndarray:
    values = [chunk for other in others for chunk in (other.chunks if isinstance(other, pa.ChunkedArray) else [other])]
    return _flags(pc.is_in(some, value_set=pc.drop_null(pa.chunked_array(values, pa.string())).combine_chunks()))


def _flags(some: pa.ChunkedArray | pa.Array) -> np.ndarray:
    flags: np.ndarray = some.to_numpy() if isinstance(some, pa.ChunkedArray) else some.to_numpy(zero_copy_only=False)
    return flags
