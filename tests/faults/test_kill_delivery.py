"""kill -9 at every step of a delivery, and at any instant, then a rerun: each message once, and what cannot be known is held and listed."""

import random
from collections.abc import Iterator

import pytest
from kill_mother import Life
from kill_world import World, at_any_instant, settled, steps, world

SEEDS = 20


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def every_step(here: World) -> list[Life]:
    life = here.life(what="deliver", ledger=f"sqlite:///{here.folder}/undisturbed.db", tag=here.tag())
    return steps(here.passed(life), seed=7)


def dies(here: World, *deaths: Life, is_new: bool = False) -> None:
    """One outbox, delivered by processes that die one after the other, then by one that does not. `is_new`: with a ledger of its own."""
    tag = here.tag()
    ledger = f"sqlite:///{here.folder}/ledger{f'_{tag}' if is_new else tag // 30}.db"
    for death in deaths:
        assert set(here.live(here.life(what="deliver", ledger=ledger, tag=tag, **death))) <= {0, -9}
    settled(here, here.life(ledger=ledger, tag=tag))


def test_every_other_point(here: World, every_step: list[Life]) -> None:
    points = len({step["point"] for step in every_step})
    for step in every_step[:points:2]:
        dies(here, step)


def test_while_the_ledger_is_made(here: World) -> None:
    dies(here, {"point": "before statement", "nth": 20}, is_new=True)


def test_at_any_instant_and_again_in_the_recovery(here: World, every_step: list[Life]) -> None:
    chance = random.Random(11)
    for _ in range(4):
        dies(here, at_any_instant(chance), chance.choice(every_step))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_step(here: World, every_step: list[Life], seed: int) -> None:
    """All seeds together die at every step of a delivery; every other one again in the recovery, and as many at any instant."""
    chance = random.Random(seed)
    for step in every_step[seed::SEEDS]:
        dies(here, step, *([chance.choice(every_step)] if chance.random() < 0.5 else []), is_new=chance.random() < 0.3)
        if chance.random() < 0.5:
            dies(here, at_any_instant(chance))
