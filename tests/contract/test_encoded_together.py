"""Rows that a destination encodes a column at a time are the bytes that it gives row by row, whatever stands in them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from activations.destination import EncodesTogether, Work
from activations.destinations import Klaviyo

_TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["", '"', "\\", "\x00", "\x7f", "Ä🙂", " ", "a\r\nb", "null"]))
_OF_KIND: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): _TEXTS,
    pa.large_string(): _TEXTS,
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(),
    pa.float32(): st.floats(width=32),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(date(1, 1, 1)),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("us", "UTC"): st.datetimes(timezones=st.just(UTC)),
    pa.decimal128(20, 4): st.decimals(-(10**9), 10**9, places=4),
    pa.list_(pa.string()): st.lists(_TEXTS, max_size=3),
    pa.null(): st.none(),
}
_NAMES = st.one_of(
    st.sampled_from(["tier", "$consent", "Consent ", "meta", 'a"b', "audience", "row_hash"]), st.text(min_size=1, max_size=8)
)


@st.composite
def tables(draw: st.DrawFn) -> pa.RecordBatch:
    """People of an audience with any columns, some of their rows left out at the start."""
    count = draw(st.integers(1, 6))
    kinds = dict.fromkeys(("profile_id", "email", "phone", "first_name", "last_name"), pa.string())
    kinds = dict(item for item in kinds.items() if draw(st.integers(0, 9)) or item[0] == "profile_id")
    kinds |= {
        name: kind for name, kind in draw(st.dictionaries(_NAMES, st.sampled_from(list(_OF_KIND)), max_size=5)).items() if name not in kinds
    }
    columns = [pa.array(draw(st.lists(st.none() | _OF_KIND[kind], min_size=count, max_size=count)), kind) for kind in kinds.values()]
    return pa.RecordBatch.from_arrays(columns, names=list(kinds)).slice(draw(st.integers(0, count - 1)))


@given(tables())
def test_together_or_one_by_one_a_row_has_the_same_bytes(batch: pa.RecordBatch) -> None:
    klaviyo = Klaviyo("pk_x")
    assert isinstance(klaviyo, EncodesTogether)
    assert klaviyo.encode_together(Work.UPSERT, batch) == [klaviyo.encode(Work.UPSERT, row) for row in batch.to_pylist()]


def test_what_a_list_holds_stands_as_it_does_alone() -> None:
    kept = {
        "profile_id": ["p"],
        "email": ["a@b.c"],
        "at": [datetime(2026, 6, 30, tzinfo=UTC)],
        "sum": [Decimal("1.50")],
        "no": [float("nan")],
    }
    (row,) = Klaviyo("pk_x").encode_together(Work.UPSERT, pa.RecordBatch.from_pydict(kept)) or []
    assert b'"properties":{"at":"2026-06-30T00:00:00+00:00","sum":1.5,"no":null}' in row
