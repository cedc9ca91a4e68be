"""Destinations side by side: one that waits for its provider keeps nobody else, and a fault stays its own."""

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from delivery_kit import clock
from sync_kit import Lists, World, people, table

from activations.destination import Request
from activations.model import Outcome
from activations.syncs.journal import SyncBusyError
from activations.syncs.side_by_side import Task, sync_all


class Waiting(Lists):
    """Answers only once the other has ended its lists."""

    def __init__(self, name: str, until: threading.Event) -> None:
        super().__init__()
        self.name, self._until = name, until

    def send(self, request: Request) -> list[Outcome]:
        assert self._until.wait(30), "the other one never came to its end"
        return super().send(request)


def test_a_slow_destination_keeps_nobody(tmp_path: Path) -> None:
    world, done = World(tmp_path), threading.Event()
    slow, quick = Waiting("slow", done), Lists()

    def last() -> pa.Table:
        done.set()
        return table(people(3))

    tasks = [Task("a", slow, table(people(9))), Task("b", slow, table(people(2)))]
    tasks += [Task("a", quick, table(people(5))), Task("no audience", quick, pa.table({"x": [1]})), Task("b", quick, last)]
    reports = sync_all(tasks, world.snapshots, clock)
    assert [(report.audience, report.destination, report.accepted) for report in reports] == [
        ("a", "slow", 9),
        ("b", "slow", 2),
        ("a", "lists", 5),
        ("no audience", "lists", 0),
        ("b", "lists", 3),
    ]
    assert "row_hash is missing" in (reports[3].refused or "")


def test_a_list_has_one_sync_at_a_time(tmp_path: Path) -> None:
    world = World(tmp_path)
    files, journal = world.snapshots.files("lists", "vips"), world.snapshots.journal("lists", "vips")
    with journal.alone(files.lock), pytest.raises(SyncBusyError, match="another sync of lists/vips is under way"):
        world.bring(people(3))
    assert world.bring(people(3)).accepted == 3
