"""Whatever was desired, whatever the provider did and wherever syncs died before: two syncs in peace later all is as it should be."""

from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from delivery_kit import NOW
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sync_kit import Died, Lists, MergingLists, World, dying_at

from activations.ledger import Decision, NotHeldError
from activations.ledger.sync_tables import sync_held
from activations.model import Throttled, Unknown, Unreachable
from activations.syncs.changes import Mode
from activations.syncs.held_rows import held_rows, settle_row

ADDRESSES = ["a@x.de", "b@x.de", "c@x.de", "D@x.de ", "e@x.de"]
WISH = st.dictionaries(st.integers(0, 6), st.tuples(st.sampled_from([*ADDRESSES, None]), st.integers(0, 1)), max_size=7)
ANY_WISH = st.dictionaries(st.integers(0, 6), st.tuples(st.sampled_from([*ADDRESSES, None, "bad"]), st.integers(0, 1)), max_size=7)
FAULTS = ["well", Unknown("lost"), Unreachable("away"), Throttled(1.0), "dies", "dies after"]
TROUBLE = st.tuples(ANY_WISH, st.lists(st.sampled_from(FAULTS), max_size=8), st.none() | st.integers(2, 60))
PEACE = settings(
    max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate], deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def rows(wish: dict[int, tuple[str | None, int]]) -> dict[str, tuple[str | None, str]]:
    return {f"p{key}": (address, f"{address}/{version}") for key, (address, version) in wish.items()}


def live_through(world: World, trouble: list, mode: Mode) -> set[str]:
    """Returns every address that was on the list at some time."""
    ever: set[str] = set()
    for wish, faults, death in trouble:
        world.lists.script = list(faults)
        try:
            with dying_at(death):
                world.bring(rows(wish), mode=mode)
        except Died:
            world.again()
        ever |= set(world.lists.people)
    world.lists.script = []
    return ever


def addresses(wish: dict[int, tuple[str | None, int]]) -> set[str]:
    return {address for address, _ in wish.values() if address}


@pytest.mark.parametrize("provider", [Lists, MergingLists])
@PEACE
@given(trouble=st.lists(TROUBLE, max_size=5), wish=WISH)
def test_a_mirror_is_the_desired_list(tmp_path_factory: pytest.TempPathFactory, provider: type[Lists], trouble: list, wish: dict) -> None:
    world = World(tmp_path_factory.mktemp("world"), provider(rows=2))
    live_through(world, trouble, Mode.MIRROR)
    for _ in range(2):
        report = world.bring(rows(wish))
    assert set(world.lists.people) == addresses(wish)
    assert (report.left, report.stopped) == (0, None)
    assert world.bring(rows(wish)).requests == 0
    assert {row["profile_id"] for row in world.held()} == {key for key, (address, _) in rows(wish).items() if address}


@PEACE
@given(trouble=st.lists(TROUBLE, max_size=4), wish=WISH)
def test_an_upsert_never_shrinks_a_list(tmp_path_factory: pytest.TempPathFactory, trouble: list, wish: dict) -> None:
    world = World(tmp_path_factory.mktemp("world"), Lists(rows=2))
    ever = live_through(world, trouble, Mode.UPSERT)
    world.bring(rows(wish), mode=Mode.UPSERT)
    world.bring(rows(wish), mode=Mode.UPSERT)
    assert set(world.lists.people) == ever | addresses(wish)
    world.bring(rows(wish), mode=Mode.MIRROR)
    assert set(world.lists.people) == addresses(wish), "who stayed on is known still"


def events(numbers: set[int]) -> pa.Table:
    ids = sorted(numbers)
    times = pa.array([NOW] * len(ids), pa.timestamp("us", "UTC"))
    named = {"row_id": [f"e{number}" for number in ids], "profile_id": [f"p{number}" for number in ids]}
    return pa.table(named | {"email": [f"{number}@x.de" for number in ids], "event": ["seen"] * len(ids), "occurred_at": times})


@pytest.mark.parametrize("is_repeatable", [True, False])
@PEACE
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 15)), st.lists(st.sampled_from(FAULTS), max_size=6), st.none() | st.integers(2, 40)), max_size=4
    )
)
def test_what_is_appended_is_told_once(tmp_path_factory: pytest.TempPathFactory, is_repeatable: bool, trouble: list) -> None:
    world = World(tmp_path_factory.mktemp("world"), Lists(rows=3, is_repeatable=is_repeatable))
    for numbers, faults, death in trouble:
        world.lists.script = list(faults)
        try:
            with dying_at(death):
                world.bring(events(numbers), mode=Mode.APPEND)
        except Died:
            world.again()
    world.lists.script = []
    everything = set().union(*(numbers for numbers, _, _ in trouble), {99})
    world.bring(events(everything), mode=Mode.APPEND)
    world.bring(events(everything), mode=Mode.APPEND)
    with world.ledger.database.engine.connect() as connection:
        held = set(connection.scalars(sa.select(sync_held.c.row_id)))
    wanted = {f"e{number}" for number in everything}
    if is_repeatable:
        assert set(world.lists.events) == wanted and not held, "repeats are the provider's to drop"
    else:
        assert len(set(world.lists.events)) == len(world.lists.events), "none is told twice"
        assert wanted - set(world.lists.events) <= held, "what was not told is listed"


def test_a_person_settles_what_is_held(tmp_path: Path) -> None:
    world = World(tmp_path, Lists(rows=2, is_repeatable=False))
    world.lists.script = ["well", Unknown("lost"), "well"]
    report = world.bring(events(set(range(6))), mode=Mode.APPEND)
    assert (report.accepted, report.held, report.left) == (4, 2, 0)
    first, second = held_rows(world.ledger)
    assert {first.row_id, second.row_id} == {"e2", "e3"} and first.detail == "lost"
    settle_row(world.ledger, world.snapshots, first, Decision.SEND_AGAIN, "ann", NOW)
    settle_row(world.ledger, world.snapshots, second, Decision.SENT, "ann", NOW)
    with pytest.raises(NotHeldError):
        settle_row(world.ledger, world.snapshots, second, Decision.SENT, "ann", NOW)
    assert world.bring(events(set(range(6))), mode=Mode.APPEND).accepted == 1
    assert sorted(world.lists.events) == ["e0", "e1", "e2", "e4", "e5"] and not list(held_rows(world.ledger))
    assert world.bring(events(set(range(6))), mode=Mode.APPEND).requests == 0
