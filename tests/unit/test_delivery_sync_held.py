"""Rows that were told and may have arrived: listed, and settled by a person, who alone can have them told again."""

from pathlib import Path

import pytest
from delivery_kit import NOW
from sync_kit import Lists, World
from test_delivery_sync_any_history import events

from activations.ledger import Decision, NotHeldError
from activations.model import Unknown
from activations.syncs.changes import Mode
from activations.syncs.held_rows import held_rows, settle_row


def test_a_row_in_doubt_is_told_again_only_where_a_person_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, Lists(rows=1, is_repeatable=False))
    world.lists.script = [Unknown("the answer was lost")] * 3
    world.bring(events({1, 2, 3}), mode=Mode.APPEND)
    rows = list(held_rows(world.ledger))
    assert [(row.destination, row.audience, row.row_id) for row in rows] == [("lists", "vips", f"e{number}") for number in (1, 2, 3)]
    for row, decision in zip(rows, Decision, strict=True):
        settle_row(world.ledger, world.snapshots, row, decision, "Bea", NOW)
    assert not list(held_rows(world.ledger))
    again = [row for row, decision in zip(rows, Decision, strict=True) if decision is Decision.SEND_AGAIN]
    for _ in range(2):
        world.bring(events({1, 2, 3}), mode=Mode.APPEND)
    assert world.lists.events == [row.row_id for row in again], "once, and the others never"
    with pytest.raises(NotHeldError):
        settle_row(world.ledger, world.snapshots, rows[0], Decision.SENT, "Bea", NOW)
    with pytest.raises(ValueError, match="names the person"):
        settle_row(world.ledger, world.snapshots, rows[0], Decision.SENT, " ", NOW)


def test_a_row_that_is_held_once_more_can_be_settled_once_more(tmp_path: Path) -> None:
    world = World(tmp_path, Lists(rows=1, is_repeatable=False))
    for _ in range(2):
        world.lists.script = [Unknown("the answer was lost")]
        world.bring(events({1}), mode=Mode.APPEND)
        (row,) = held_rows(world.ledger)
        settle_row(world.ledger, world.snapshots, row, Decision.SEND_AGAIN, "Bea", NOW)
    world.lists.script = []
    world.bring(events({1}), mode=Mode.APPEND)
    assert world.lists.events == ["e1"]
