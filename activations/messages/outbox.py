"""The outbox as it comes out of the warehouse, read as a stream of messages."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC

import pyarrow as pa

from activations.model import Message

COLUMNS = [field.name for field in fields(Message)]
#: An outbox that is not the warehouse's may lack them.
OPTIONAL = ("reader_ids", "counted_ids")


def read_messages(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[Message]:
    """A Message per row, in order; `occurred_at` without a zone is UTC, other columns are ignored. Raises ValueError if one is missing."""
    for batch in batches:
        present = [name for name in COLUMNS if name in batch.schema.names]
        if missing := [name for name in COLUMNS if name not in (*present, *OPTIONAL)]:
            raise ValueError(f"the outbox has no column {', '.join(missing)}")
        for row in batch.select(present).to_pylist():
            at = row["occurred_at"]
            yield Message(**row | {"occurred_at": at if at.tzinfo else at.replace(tzinfo=UTC)})
