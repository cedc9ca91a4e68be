"""Batches keep the order, keep the limits, and are as long as they can be."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from activations.destination import Limits
from activations.transport.batching import batches


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 10), st.integers(1, 60))
def test_batches(sizes: list[int], rows: int, size_bytes: int) -> None:
    found = list(batches(sizes, lambda size: size, Limits(rows, size_bytes)))
    assert [size for batch in found for size in batch] == sizes
    assert all(batch for batch in found)
    for batch in found:
        assert len(batch) <= rows
        assert len(batch) == 1 or sum(batch) + len(batch) <= size_bytes
    for batch, following in itertools.pairwise(found):
        longer = [*batch, following[0]]
        assert len(longer) > rows or sum(longer) + len(longer) > size_bytes
