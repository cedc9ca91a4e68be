"""A list that cannot be read, is synced meanwhile, or whose comparison dies: the old belief stands or a whole new one. One file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reconcile_kit import Read, ReadMerging, asked, kinds, manual, same, synced
from sync_kit import Died, Lists, World, dying_at, people

from activations.model import Throttled, Unknown, Unreachable
from activations.syncs.changes import Mode
from activations.syncs.journal import SyncBusyError
from activations.syncs.listing import NotReconciledError
from activations.transport.http import NoAnswer


@pytest.mark.parametrize("trouble", [NoAnswer(Unreachable("down")), NoAnswer(Throttled(7_000)), NoAnswer(Unknown("torn")), "the same"])
def test_a_list_that_is_half_read_changes_nothing(tmp_path: Path, trouble: NoAnswer | str) -> None:
    world = synced(tmp_path)
    world.lists.people.clear()
    manual(world.lists, *(f"eve{number}@x.de" for number in range(10)))
    before = world.held()
    world.lists.troubles = ["well", "well", *[trouble] * 20]  # type: ignore[attr-defined]
    with pytest.raises(NotReconciledError, match=r"vips at lists: .*[69] people.*nothing was changed"):
        asked(world, is_to_mend=True, takes_strangers=True)
    assert world.held() == before and world.snapshots.files("lists", "vips").compared() is None


def test_a_page_whose_answer_is_lost_is_asked_for_again_and_no_other(tmp_path: Path) -> None:
    world = synced(tmp_path)
    world.lists.troubles = ["well", NoAnswer(Unknown("torn")), NoAnswer(Throttled(1)), "well", NoAnswer(Unreachable("down"))]  # type: ignore[attr-defined]
    told: list[str] = []
    assert kinds(asked(world, progress=told.append)) == {} and world.lists.pages == 4  # type: ignore[attr-defined]
    assert told == [f"vips at lists: {count} people read" for count in (3, 6, 9, 10)]


def test_a_sync_is_neither_held_up_nor_overlooked(tmp_path: Path) -> None:
    world = synced(tmp_path)
    files, journal = world.snapshots.files("lists", "vips"), world.snapshots.journal("lists", "vips")
    with journal.alone(files.lock), pytest.raises(SyncBusyError, match="under way"):
        asked(world)

    def meanwhile(line: str) -> None:
        if "3 people" in line:
            world.bring(people(11))

    with pytest.raises(NotReconciledError, match="it was synced while it was being read: nothing was changed"):
        asked(world, progress=meanwhile, is_to_mend=True)
    assert len(world.lists.people) == 11 and len(world.held()) == 11


@pytest.mark.parametrize(
    ("lists", "mode", "words"),
    [
        (Lists, Mode.MIRROR, "no way to say who is on a list"),
        (Read, Mode.APPEND, "no list of people to read"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path: Path, lists: type[Lists], mode: Mode, words: str) -> None:
    world = World(tmp_path, lists())
    with pytest.raises(NotReconciledError, match=f"vips at lists.*{words}"):
        asked(world, mode=mode)


def test_a_ledger_that_was_lost_is_said(tmp_path: Path) -> None:
    world = synced(tmp_path)
    world.ledger.close()
    for path in tmp_path.glob("ledger.db*"):
        path.unlink()
    world.again()
    with pytest.raises(NotReconciledError, match="sync it once more first"):
        asked(world)
    world.bring(people(10))
    assert kinds(asked(world)) == {}


def test_before_the_first_sync_whoever_is_there_is_a_stranger(tmp_path: Path) -> None:
    world = World(tmp_path, Read())
    manual(world.lists, "eve@x.de")
    found = asked(world, is_to_mend=True, takes_strangers=True)
    assert (found.believed, kinds(found), found.is_mended) == (0, {"strangers": 1}, False)
    assert not world.held() and world.bring(people(2)).accepted == 2


def test_wherever_it_dies_the_old_belief_stands_or_the_new_one(tmp_path: Path) -> None:
    step, seen = 2, set()
    while True:
        world = synced(tmp_path / str(step), 6)
        del world.lists.people["ann003@x.de"]
        manual(world.lists, "bob@x.de", profile_id="p900")
        try:
            with dying_at(step):
                asked(world, "p900", is_to_mend=True)
            break
        except Died:
            pass
        world.again()
        keys = sorted(row["profile_id"] for row in world.held())
        assert keys in (list(people(6)), ["p000", "p001", "p002", "p004", "p005", "p900"])
        seen.add(len(keys) == 6 and keys[-1] == "p900")
        asked(world, "p900", is_to_mend=True)
        report = world.bring(people(6))
        assert (report.accepted, report.removed, report.left) == (1, 1, 0) and set(world.lists.people) == {
            row[0] for row in people(6).values()
        }
        step += 1
    assert seen == {True, False} and step > 12, "it died before and after"


def test_a_death_half_way_through_the_pages_changes_nothing(tmp_path: Path) -> None:
    world = synced(tmp_path)
    world.lists.people.pop("ann003@x.de")
    before = world.held()
    world.lists.troubles = ["well", "dies"]  # type: ignore[attr-defined]
    with pytest.raises(Died):
        asked(world, is_to_mend=True)
    world.again()
    assert world.held() == before and asked(world, is_to_mend=True).is_mended


WISH = st.dictionaries(st.integers(0, 6), st.tuples(st.sampled_from(["a@x.de", "b@x.de", "c@x.de", "D@x.de "]), st.integers(0, 1)))
PEACE = settings(
    max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate], deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize("provider", [Read, ReadMerging])
@PEACE
@given(
    wishes=st.lists(WISH, min_size=1, max_size=3),
    torn_off=st.sets(st.integers(0, 3)),
    put_there=st.sets(st.sampled_from(["eve@x.de", "a@x.de", "kim@x.de"])),
    death=st.none() | st.integers(2, 24),
)
def test_whatever_somebody_did_there_a_mended_belief_makes_the_list_what_it_should_be(
    tmp_path_factory: pytest.TempPathFactory,
    provider: type[Lists],
    wishes: list,
    torn_off: set[int],
    put_there: set[str],
    death: int | None,
) -> None:
    world = World(tmp_path_factory.mktemp("world"), provider(rows=2))
    wanted = [{f"p{key}": (address, f"{address}/{version}") for key, (address, version) in wish.items()} for wish in wishes]
    for wish in wanted:
        world.bring(wish)
    for place, address in enumerate(list(world.lists.people)):
        if place in torn_off:
            del world.lists.people[address]
    manual(world.lists, *(address for address in put_there if address not in world.lists.people))
    if not world.snapshots.journal("lists", "vips").current():
        return
    try:
        with dying_at(death):
            asked(world, is_to_mend=True, takes_strangers=True)
    except Died:
        world.again()
        asked(world, is_to_mend=True, takes_strangers=True)
    for _ in range(2):
        world.bring(wanted[-1])
    assert {same(address) for address in world.lists.people} == {same(address) for address, _ in wanted[-1].values()}
    assert asked(world).is_in_step and world.bring(wanted[-1]).requests == 0
