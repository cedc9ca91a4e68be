"""kill -9 of the warm worker at every point that it passes and at any instant, then a new one: nothing twice, nothing forgotten.

Slow: hundreds of lives of a worker. The default run has some of them (test_reactive_tick.py).
"""

import itertools
import json
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from reactive_lives import Lives, living
from reactive_world import HOUR, NOON, RUN, World

pytestmark = pytest.mark.slow
SHARES, SEEDS = 4, 5


class Story:
    """People buy and leave carts, between the deaths."""

    def __init__(self, world: World, lives: Lives) -> None:
        self.world, self.lives = world, lives
        self.people = itertools.cycle(number for number in range(17) if number not in (3, 13))
        self.now = NOON + HOUR

    def goes_on(self) -> None:
        self.now += timedelta(minutes=1)
        self.lives.at(self.now)
        self.lives.buys(self.world.buys(next(self.people), self.now))

    def settles(self, **more: object) -> None:
        self.goes_on()
        self.lives.lives(self.lives.is_settled, **more)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    world = World(tmp_path_factory.mktemp("kill") / "data")
    world.warehouse.build(RUN, "*", only="seed")
    world.warehouse.build(
        RUN, *["staging", "identity", "profiles", "marts", "features", "scores", "audiences", "triggers", "decisions"], only="run"
    )
    world.warehouse.let_go()
    with living(world) as lives:
        yield Story(world, lives)


@pytest.fixture(scope="module")
def points(story: Story) -> list[str]:
    """What a worker passes in a life in which it lands, decides and sends."""
    story.settles()  # which compiles the project too
    tell = story.lives.data.with_name("passed.json")
    story.settles(tell=str(tell))
    return sorted(json.loads(tell.read_text()))


@pytest.mark.parametrize("share", range(SHARES))
def test_every_point(story: Story, points: list[str], share: int) -> None:
    """One death after the other, each upon what the one before left behind; and now and then one that is not killed."""
    mine = points[share::SHARES]
    random.Random(share).shuffle(mine)
    for place, point in enumerate(mine):
        story.goes_on()
        story.lives.dies(point)
        if place % 5 == 4:
            story.settles()
    story.settles()


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.usefixtures("points")
def test_any_instant(story: Story, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(8):
        story.goes_on()
        story.lives.dies_after(round(chance.uniform(0.2, 12.0), 2))
    story.settles()
