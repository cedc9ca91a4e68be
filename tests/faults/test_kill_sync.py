"""kill -9 at every step of a sync whose audience changes between two runs: the next clean sync makes the list what it should be."""

import csv
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from kill_mother import Life
from kill_world import World, at_any_instant, steps, world
from sync_process import KINDS, sync_now
from sync_story import happenings, members

SEEDS = 8


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def every_step(here: World) -> dict[str, list[Life]]:
    """By kind of sync; of one in which people join, change and leave."""
    found = {}
    for kind in KINDS:
        life = life_of(here, kind, seed=1)
        assert here.mother.live({**life, "turn": 0}) == [0]
        found[kind] = steps(here.passed({**life, "turn": 1}), seed=7)
    return found


def life_of(here: World, kind: str, seed: int) -> Life:
    tag = here.tag()
    ledger = f"sqlite:///{here.folder}/syncs{tag // 30}.db"
    return here.life(what="sync", kind=kind, folder=str(here.folder / "acknowledged"), ledger=ledger, tag=tag, seed=seed)


def on_the_list(here: World, life: Life) -> dict[str, tuple[str, str]]:
    """profile_id: e-mail, tier."""
    if life["kind"] == "file":
        text = (Path(life["folder"]) / "files/audiences" / f"a{life['tag']}.csv").read_text()
        return {row["profile_id"]: (row["email"], row["tier"]) for row in csv.DictReader(text.splitlines())}
    query = """
        select p.external_id, p.email, json_extract(p.properties, '$.tier') as tier from lists l
        join list_members m on m.list_seq = l.seq join profiles p on p.seq = m.profile_seq where l.name = ?
    """
    assert len(here.provider.state.read("select 1 from lists where name = ?", [f"a{life['tag']}"])) <= 1, "two lists of one name"
    return {row["external_id"]: (row["email"], str(row["tier"])) for row in here.provider.state.read(query, [f"a{life['tag']}"])}


def on_it(here: World, life: Life) -> set[int]:
    """The provider's own numbers of those on the list."""
    query = "select m.profile_seq from list_members m join lists l on l.seq = m.list_seq where l.name = ?"
    return {row["profile_seq"] for row in here.provider.state.read(query, [f"a{life['tag']}"])}


def check(here: World, life: Life) -> None:
    """A clean sync with what is wished for now, and all is as it should be."""
    before = on_it(here, life)
    report = sync_now(life)
    assert (report.left, report.rejected.total(), report.stopped, report.refused) == (0, 0, None, None)
    if life["kind"].startswith("append"):
        check_told(here, life)
        return
    wished = members(life["tag"], life["seed"], life["turn"]).to_pylist()
    now, should = on_the_list(here, life), {row["profile_id"]: (row["email"], str(row["tier"])) for row in wished}
    if life["kind"] == "upsert":
        assert {key: now.get(key) for key in should} == should
        assert on_it(here, life) >= before, "an upsert took somebody off"
    else:
        assert now == should


def check_told(here: World, life: Life) -> None:
    tag, wanted = life["tag"], set(happenings(life["tag"], life["turn"]).column("row_id").to_pylist())
    told = Counter(row for row in here.plain_rows if row.startswith(f"{tag}-"))
    if life["kind"] == "append":
        query = "select unique_id from events where unique_id like ?"
        told = Counter(row["unique_id"] for row in here.provider.state.read(query, [f"{tag}-%"]))
    engine = sa.create_engine(life["ledger"])
    with engine.connect() as connection:
        held = set(connection.scalars(sa.text("select row_id from sync_held where audience = :name"), {"name": f"a{tag}"}))
    engine.dispose()
    assert all(count == 1 for count in told.values()), f"told twice: {told}"
    assert wanted - told.keys() <= held, "neither told nor listed"
    assert not held or life["kind"] == "append_plain", "Klaviyo drops repeats: nothing need be held"


def dies(here: World, kind: str, seed: int, *deaths: Life) -> None:
    """A list is synced by processes that die, each time with another audience, and between the deaths by one that does not.

    `is_followed`: that one is left out, and the next death comes upon what this one left behind.
    """
    life, turn = life_of(here, kind, seed), 0
    for death in deaths:
        assert set(here.live({**life, "turn": turn, **death})) <= {0, -9}
        turn += 1
        if not death.get("is_followed"):
            check(here, {**life, "turn": turn})
            turn += 1
    again = sync_now({**life, "turn": turn - 1})
    assert (again.accepted, again.removed, again.left, again.requests) == (0, 0, 0, 0), "what is as it should be needs no word"


def test_each_point(here: World, every_step: dict[str, list[Life]]) -> None:
    """Of mirrors; some of the others."""
    for kind, found in every_step.items():
        first = found[: len({step["point"] for step in found})]
        dies(here, kind, 1, *(first[::2] if kind == "mirror" else first[:: len(first) // 3]))


def test_one_death_after_the_other(here: World, every_step: dict[str, list[Life]]) -> None:
    chance = random.Random(11)
    for seed in range(2):
        dies(here, "mirror", seed, *followed(chance, every_step["mirror"]))


def followed(chance: random.Random, found: list[Life]) -> list[Life]:
    """Three deaths in a row, at steps and instants, with nobody alive between."""
    deaths = [chance.choice([chance.choice(found), at_any_instant(chance)]) for _ in range(3)]
    return [{**death, "is_followed": place < 2} for place, death in enumerate(deaths)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("kind", KINDS)
def test_every_step(here: World, every_step: dict[str, list[Life]], kind: str, seed: int) -> None:
    """All seeds together die at every step of a mirror and every third of the others; then again and again, at steps and instants."""
    chance, found = random.Random(seed), every_step[kind][seed :: SEEDS * (1 if kind == "mirror" else 3)]
    for start in range(0, len(found), 5):
        dies(here, kind, chance.randrange(10_000), *found[start : start + 5], *followed(chance, every_step[kind]))
