"""A provider's list held against what is believed of it: told, and mended where a person wants it; the provider itself is only read."""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from delivery_kit import NOW
from reconcile_kit import Read, asked, kinds, manual, synced
from sync_kit import Died, World, people

from activations.model import Unknown
from activations.syncs.changes import Mode
from activations.syncs.comparison import TAKEN_OFF
from activations.syncs.journal import SyncBusyError


def test_it_is_told_who_is_missing_who_is_a_stranger_and_who_agrees(tmp_path: Path) -> None:
    world = synced(tmp_path)
    assert kinds(asked(world)) == {} and asked(world).is_in_step
    for number in (3, 8):
        del world.lists.people[f"ann{number:03d}@x.de"]
    manual(world.lists, "eve@x.de")
    manual(world.lists, "bob@x.de", profile_id="p900")
    before = world.held()
    found = asked(world, "p900", folder=tmp_path / "out")
    assert (found.believed, found.listed, found.agreed) == (10, 10, 8)
    assert kinds(found) == {"missing": 2, "returned": 1, "strangers": 1} and not found.is_mended
    assert found.sentences() == [
        "vips at lists (mirror): 10 are believed to be there, 10 are listed; 8 agree",
        "2 missing there: a***@x.de p003, a***@x.de p008",
        "1 there though a sync took them off: b***@x.de p900",
        "1 there though no sync put them there: e***@x.de",
    ]
    told = pq.read_table(tmp_path / "out" / "people.parquet").to_pylist()
    assert [(row["kind"], row["profile_id"], row["provider_id"]) for row in told] == [
        ("missing", "p003", None),
        ("missing", "p008", None),
        ("returned", "p900", "at bob@x.de"),
        ("strangers", None, "at eve@x.de"),
    ]
    assert world.held() == before and not world.lists.requests, "nothing was changed here or there"
    facts = world.snapshots.files("lists", "vips").compared()
    assert facts and (facts["agreed"], facts["kinds"]["missing"], "x.de" in json.dumps(facts)) == (8, 2, False)


def test_what_is_mended_the_next_sync_puts_right(tmp_path: Path) -> None:
    world = synced(tmp_path)
    del world.lists.people["ann003@x.de"]
    manual(world.lists, "eve@x.de")
    manual(world.lists, "bob@x.de", profile_id="p900")
    assert asked(world, "p900", is_to_mend=True).is_mended and not world.lists.requests, "the provider hears nothing of it"
    assert not asked(world, "p900", is_to_mend=True).is_mended, "what is mended is mended"
    report = world.bring(people(10))
    assert (report.created, report.accepted, report.removed) == (1, 1, 1)
    assert set(world.lists.people) == {f"ann{number:03d}@x.de" for number in range(10)} | {"eve@x.de"}, "somebody's own work stays"
    assert not world.lists.requests[0].is_first_load
    assert world.bring(people(10)).requests == 0
    assert asked(world, is_to_mend=True, takes_strangers=True).is_mended
    assert world.bring(people(10)).removed == 1 and "eve@x.de" not in world.lists.people
    assert kinds(asked(world)) == {} and world.bring(people(10)).requests == 0


def test_an_upsert_takes_nobody_off_whatever_is_found(tmp_path: Path) -> None:
    world = World(tmp_path, Read())
    world.bring(people(4), mode=Mode.UPSERT)
    manual(world.lists, "bob@x.de", profile_id="p900")
    del world.lists.people["ann001@x.de"]
    assert asked(world, "p900", mode=Mode.UPSERT, is_to_mend=True, takes_strangers=True).is_mended
    assert world.bring(people(4), mode=Mode.UPSERT).accepted == 1 and "bob@x.de" in world.lists.people
    assert {row["profile_id"] for row in world.held()} == set(people(4))


def test_the_removal_guard_is_never_defeated(tmp_path: Path) -> None:
    world = synced(tmp_path, 30)
    manual(world.lists, *(f"eve{number}@x.de" for number in range(200)))
    assert asked(world, is_to_mend=True, takes_strangers=True).is_mended
    assert world.bring(people(30), guard=None).refused and len(world.lists.people) == 230, "so many removals are a person's to allow"
    assert world.bring({}, guard=None).refused


def test_a_list_that_is_gone_is_loaded_anew_without_starting_anything(tmp_path: Path) -> None:
    world = synced(tmp_path, 30)
    world.lists.people.clear()
    world.lists.is_there = False  # type: ignore[attr-defined]
    found = asked(world, is_to_mend=True)
    assert kinds(found) == {"missing": 30} and "it has no list of that name" in found.sentences()[0]
    assert world.bring(people(30)).accepted == 30
    assert all(request.is_first_load for request in world.lists.requests), "they joined long ago: nothing starts for them"


def test_whom_the_provider_suppresses_nobody_puts_back(tmp_path: Path) -> None:
    world = synced(tmp_path)
    for number in (3, 8):
        del world.lists.people[f"ann{number:03d}@x.de"]
    world.lists.suppressed_now = [" Ann003@x.de", "other@x.de"]  # type: ignore[attr-defined]
    found = asked(world, is_to_mend=True)
    assert kinds(found) == {"missing": 1, "suppressed": 1}
    world.bring(people(10))
    assert "ann008@x.de" in world.lists.people and "ann003@x.de" not in world.lists.people


def test_what_is_recent_is_left_alone(tmp_path: Path) -> None:
    world = synced(tmp_path)
    world.lists.people.clear()
    manual(world.lists, "bob@x.de", profile_id="p900")
    found = asked(world, "p900", settled=timedelta(seconds=1), is_to_mend=True)
    assert kinds(found) == {"recent": 10, "returned": 1} and len(world.held()) == 11
    lately = pa.table({"profile_id": ["p901"], "address": [None], "at": [NOW]}, TAKEN_OFF)
    manual(world.lists, "kim@x.de", profile_id="p901")
    found = asked(world, settled=timedelta(seconds=1), taken_off=lambda: lately, is_to_mend=True)
    assert found.kinds["leaving"] == 1 and len(world.held()) == 11


def test_an_answer_that_was_lost_is_the_next_syncs_matter(tmp_path: Path) -> None:
    world = World(tmp_path, Read(rows=5))
    world.lists.script = ["dies"]
    with pytest.raises(Died):
        world.bring(people(5))
    world.again()
    with pytest.raises(SyncBusyError, match="sync it once more first"):
        asked(world)
    world.lists.script = [Unknown("lost")] * 5
    world.bring(people(5))
    found = asked(world, is_to_mend=True)
    assert kinds(found) == {"unanswered": 5} and not found.is_mended
    world.lists.script = []
    assert world.bring(people(5)).accepted == 5 and kinds(asked(world)) == {}
