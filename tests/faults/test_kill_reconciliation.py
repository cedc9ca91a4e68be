"""kill -9 while a list is compared with its provider's: the old belief stands or the mended one, and the next sync puts the list right."""

import random
from collections.abc import Iterator

import pytest
from kill_mother import Life
from kill_world import World, at_any_instant, steps, world
from sync_process import reconcile_now, sync_now
from sync_story import members
from test_kill_sync import life_of, on_it, on_the_list


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def every_step(here: World) -> list[Life]:
    life = changed_by_hand(here, 1)
    return steps(here.passed({**life, "what": "reconcile"}), seed=7)


def changed_by_hand(here: World, seed: int) -> Life:
    """A list that is in step, of which somebody then takes two people off, and puts somebody on whom no sync knows."""
    life = {**life_of(here, "mirror", seed), "turn": 0}
    sync_now(life)
    numbers = sorted(on_it(here, life))
    stranger = {"profile_id": f"{life['tag']}-by hand", "email": f"s{life['tag']}.eve@example.com", "row_hash": "1"}
    with here.provider.state.transaction() as connection:
        (number,) = connection.execute("select seq from lists where name = ?", [f"a{life['tag']}"]).fetchone()
        connection.executemany("delete from list_members where list_seq = ? and profile_seq = ?", [(number, gone) for gone in numbers[:2]])
        row = connection.execute(
            "insert into profiles (external_id, email, properties, more, created_us, updated_us) values (?, ?, '{}', '{}', 0, 0)",
            [stranger["profile_id"], stranger["email"]],
        )
        connection.execute("insert into list_members (list_seq, profile_seq, joined_us) values (?, ?, 0)", [number, row.lastrowid])
    return life


def dies(here: World, seed: int, death: Life) -> None:
    life = changed_by_hand(here, seed)
    before = on_it(here, life)
    assert set(here.live({**life, "what": "reconcile", **death})) <= {0, -9}
    assert on_it(here, life) == before, "the provider is only read"
    found = reconcile_now(life)
    assert found.kinds["missing"] + found.kinds["strangers"] in (0, 3), "half a belief"
    wished = members(life["tag"], life["seed"], 0).to_pylist()
    report = sync_now(life)
    assert (report.accepted, report.removed, report.left) == (2, 1, 0)
    assert on_the_list(here, life) == {row["profile_id"]: (row["email"], str(row["tier"])) for row in wished}
    assert sync_now(life).requests == 0


def test_some_steps(here: World, every_step: list[Life]) -> None:
    """Each commit, file and page among them."""
    chance = random.Random(3)
    points = len({step["point"] for step in every_step})
    for death in [*every_step[:points:3], *(at_any_instant(chance, 0.1) for _ in range(2))]:
        dies(here, 1, death)


@pytest.mark.slow
def test_every_step(here: World, every_step: list[Life]) -> None:
    chance = random.Random(5)
    for seed, death in enumerate([*every_step, *(at_any_instant(chance, 0.1) for _ in range(40))]):
        dies(here, seed % 5, death)
