"""Rows into requests: by count and by bytes, in the order they come."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice, takewhile
from typing import TypeVar

from activations.destination import Limits

Row = TypeVar("Row")


def batches(rows: Iterable[Row], size_of: Callable[[Row], int], limits: Limits) -> Iterator[list[Row]]:
    """Consecutive runs of `rows` within `limits`, each as long as it can be. A row too big for any request comes alone."""
    coming = iter(rows)
    batch: list[Row] = []
    while batch := batch + list(islice(coming, limits.rows - len(batch))):
        count = fitting([size_of(row) for row in batch], limits)
        yield batch[:count]
        batch = batch[count:]


def fitting(sizes: Sequence[int], limits: Limits) -> int:
    """How many rows of these sizes (bytes), from the first on, make one request; at least one."""
    sizes = sizes[: limits.rows]
    if len(sizes) + sum(sizes) <= limits.size_bytes:  # a comma after each row, which is a byte
        return len(sizes)
    ends = accumulate(size + 1 for size in sizes)
    return max(sum(1 for _ in takewhile(lambda end: end <= limits.size_bytes, ends)), 1)
