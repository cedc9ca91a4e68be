"""Rows into requests: by count and by bytes, in the order they come."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from activations.destination import Limits

Row = TypeVar("Row")


def batches(rows: Iterable[Row], size_of: Callable[[Row], int], limits: Limits) -> Iterator[list[Row]]:
    """Consecutive runs of `rows` within `limits`, each as long as it can be. A row too big for any request comes alone."""
    batch: list[Row] = []
    size_bytes = 0
    for row in rows:
        row_bytes = size_of(row) + 1  # the comma between two rows
        if batch and (len(batch) >= limits.rows or size_bytes + row_bytes > limits.size_bytes):
            yield batch
            batch, size_bytes = [], 0
        batch.append(row)
        size_bytes += row_bytes
    if batch:
        yield batch
