"""Rows of the warehouse's outbox become messages."""

import pyarrow as pa
import pytest
from delivery_kit import NOW, message

from activations.messages.outbox import COLUMNS, read_messages


def test_rows_become_messages() -> None:
    row = {name: getattr(message(1), name) for name in COLUMNS} | {"occurred_at": NOW.replace(tzinfo=None), "priority": 3}
    table = pa.Table.from_pylist([row])
    assert list(read_messages(table.to_batches())) == [message(1)]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="the outbox has no column message_id, campaign"):
        list(read_messages([pa.table({"body": ["x"]})]))


def test_a_message_needs_a_time_with_a_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        message(1, occurred_at=NOW.replace(tzinfo=None))
