"""Whatever is believed, listed and was taken off: each person is found once, as a comparison by hand finds them."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
from delivery_kit import NOW
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from reconcile_kit import same

from activations.syncs.comparison import TAKEN_OFF, compare
from activations.syncs.listing import SCHEMA
from activations.syncs.rows import Rows
from activations.syncs.snapshots import OURS

ADDRESSES = ["a@x.de", " A@x.DE", "b@x.de", "+49 170 123", "49170123", "+49170-9", None, ""]
BELIEVED = st.lists(
    st.tuples(st.sampled_from(["p1", "p2", "p3", "p4", None]), st.sampled_from(ADDRESSES), st.sampled_from(["", "h"]), st.integers(0, 2)),
    max_size=6,
    unique_by=lambda row: row[0] or object(),
)
LISTED = st.lists(
    st.tuples(st.sampled_from(["p1", "p2", "p3", "p4", "p9", None]), st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES)), max_size=6
)
OFF = st.lists(st.tuples(st.sampled_from(["p1", "p9"]), st.sampled_from(ADDRESSES), st.integers(0, 2)), max_size=4)
QUIET = settings(max_examples=100, phases=[Phase.explicit, Phase.reuse, Phase.generate], deadline=None)


def days(ago: int) -> Any:
    return (NOW - timedelta(days=ago)).replace(tzinfo=None)


@QUIET
@given(believed=BELIEVED, listed=LISTED, off=OFF)
def test_each_person_is_found_once_and_where_they_belong(believed: list, listed: list, off: list) -> None:
    def is_same(ours: tuple, theirs: tuple) -> bool:
        here = same(ours[1])
        return (ours[0] is not None and ours[0] == theirs[0]) or (here is not None and here in map(same, theirs[1:3]))

    rows = [
        {"profile_id": key, "row_hash": row_hash, "provider_ref": None, "acknowledged_at": days(ago)}
        | {"email": address if "@" in (address or "") else None, "phone": None if "@" in (address or "") else address}
        for key, address, row_hash, ago in believed
    ]
    there = [dict(zip(SCHEMA.names, (f"n{place}", *row), strict=True)) for place, row in enumerate(listed)]
    gone = pa.Table.from_pylist([{"profile_id": key, "address": address, "at": days(ago)} for key, address, ago in off], TAKEN_OFF)
    found = compare(Rows(pa.Table.from_pylist(rows, OURS)), pa.Table.from_pylist(there, SCHEMA), gone, NOW - timedelta(days=1))

    wanted: dict[str, list[int]] = {name: [] for name in COMPARED}
    for place, ours in enumerate(believed):
        if ours[0] is not None:
            is_there = any(is_same(ours, theirs) for theirs in listed)
            lacking = "unanswered" if ours[2] == "" else "missing" if ours[3] >= 1 else "recent"
            wanted["agreed" if is_there else lacking].append(place)
    for place, theirs in enumerate(listed):
        if not any(is_same(ours, theirs) for ours in believed):
            mine = [one for one in off if (one[0] == theirs[0] if theirs[0] is not None else same(one[1]) == same(theirs[1]) is not None)]
            long_ago = [one for one in mine if one[2] >= 1 and not any(other[0] == one[0] and other[2] == 0 for other in off)]
            wanted["returned" if long_ago else "leaving" if mine else "strangers"].append(place)
    assert {name: getattr(found, name).tolist() for name in wanted} == wanted


COMPARED = ("agreed", "missing", "recent", "unanswered", "returned", "leaving", "strangers")
