"""Several machines share a ledger in PostgreSQL: a list has one sync at a time there too, and the journal lives in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from delivery_kit import Waits, clock
from sync_kit import Died, Lists, people, table

from activations.ledger import Ledger
from activations.syncs.journal import SyncBusyError
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync


def test_one_sync_at_a_time_and_one_journal(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    here, there, lists = Snapshots(tmp_path, Ledger(url)), Snapshots(tmp_path, Ledger(url)), Lists()
    patience = Waits().patience()
    with (
        here.journal("lists", "vips").alone(tmp_path / "lock here"),
        pytest.raises(SyncBusyError),
        there.journal("lists", "vips").alone(tmp_path / "lock there"),
    ):
        pass
    lists.script = ["well", "dies after"]
    with pytest.raises(Died):
        sync("vips", table(people(20)), lists, here, clock, patience=patience)
    assert len(lists.people) < 20
    report = sync("vips", table(people(18)), lists, there, clock, patience=patience)
    assert (report.stopped, set(lists.people)) == (None, {email for email, _ in people(18).values()})
    assert sync("vips", table(people(18)), lists, here, clock, patience=patience).requests == 0
    for snapshots in (here, there):
        snapshots._ledger.close()
