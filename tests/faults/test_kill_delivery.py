"""kill -9 at every step of a delivery, and at any instant, then a rerun: each message once, and what cannot be known is held and listed."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_process import SMALL, messages, run
from kill_mother import Life
from kill_world import World, steps, world

SEEDS = 20
LIFE_SECONDS = 0.35


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world"), request) as found:
        yield found


@pytest.fixture(scope="module")
def every_step(here: World) -> list[Life]:
    life = here.life(what="deliver", ledger=f"sqlite:///{here.folder}/undisturbed.db", tag=here.tag())
    return steps(here.passed(life), seed=7)


def check(here: World, ledger: str, tag: int) -> None:
    """A rerun settles everything: nothing twice, nothing lost, every unknown listed, and the run after it has nothing to do."""
    report = run(here.provider.url, ledger, tag, plain=here.plain, is_small=True)
    copies, provider_ids = here.messages(tag)
    assert all(count == 1 for count in copies.values()), f"sent twice: {copies - Counter(set(copies))}"
    engine = sa.create_engine(ledger)
    with engine.connect() as connection:
        query = sa.text("select message_id, destination, status, provider_ref from deliveries where message_id like :like")
        rows = {row.message_id: row for row in connection.execute(query, {"like": f"{tag}-%"})}
    engine.dispose()
    wanted = {message.message_id for message in messages(tag, SMALL)}
    assert set(rows) == wanted, "forgotten"
    assert {row.status for row in rows.values()} <= {"accepted", "unknown"}, "not settled"
    for message_id, row in rows.items():
        if row.status == "accepted":
            assert copies[message_id] == 1, "lost"
            assert row.destination != "twilio" or row.provider_ref == provider_ids[message_id]
    held = {message_id for message_id, row in rows.items() if row.status == "unknown"}
    assert held <= {message.message_id for message in report.held}, "what is held is listed"
    assert all(rows[message_id].destination != "klaviyo" for message_id in held), "Klaviyo drops repeats: nothing need be held"
    assert report.left == 0
    again = run(here.provider.url, ledger, tag, plain=here.plain, is_small=True)
    assert (again.accepted, again.left) == (0, 0)


def dies(here: World, ledger: str, *deaths: Life) -> None:
    """One outbox, delivered by processes that die one after the other, then by one that does not."""
    tag = here.tag()
    for death in deaths:
        assert set(here.live(here.life(what="deliver", ledger=ledger, tag=tag, **death))) <= {0, -9}
    check(here, ledger, tag)


def at_any_instant(chance: random.Random) -> Life:
    return {"killed_after_seconds": round(chance.uniform(0.02, LIFE_SECONDS), 3)}


def test_each_point_once(here: World, every_step: list[Life], tmp_path: Path) -> None:
    points = len({step["point"] for step in every_step})
    for step in every_step[:points]:
        dies(here, f"sqlite:///{tmp_path}/ledger.db", step)


def test_at_any_instant_and_again_in_the_recovery(here: World, every_step: list[Life], tmp_path: Path) -> None:
    chance = random.Random(11)
    for _ in range(4):
        dies(here, f"sqlite:///{tmp_path}/ledger.db", at_any_instant(chance), chance.choice(every_step))


def test_with_postgresql(here: World, every_step: list[Life], new_database: Callable[[], str]) -> None:
    ledger, chance = new_database(), random.Random(13)
    for _ in range(3):
        dies(here, ledger, chance.choice(every_step))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_step(here: World, every_step: list[Life], tmp_path: Path, seed: int) -> None:
    """All seeds together die at every step of a delivery; every other one again in the recovery, and as many at any instant."""
    chance = random.Random(seed)
    for step in every_step[seed::SEEDS]:
        dies(here, f"sqlite:///{tmp_path}/ledger.db", step, *([chance.choice(every_step)] if chance.random() < 0.5 else []))
        if chance.random() < 0.5:
            dies(here, f"sqlite:///{tmp_path}/ledger.db", at_any_instant(chance))
