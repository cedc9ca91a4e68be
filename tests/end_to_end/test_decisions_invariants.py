"""What holds of random histories, policies and campaigns: of one run, of many, of a part and of the whole."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from decisions_invariants import check
from decisions_random import Drawn, policy_of
from decisions_reference import decide
from decisions_sql import Decider
from decisions_weeks import Weeks
from decisions_world import CHANNELS, Policy, World
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_decisions import same
from warehouse_kit import moment

#: The policy that ships, and some that nobody would choose.
POLICIES = range(3)
#: Days on which a zone changes its time, midnights, and the hours at which nights begin and end somewhere.
HOURS = [moment(2026, *day) for day in ((3, 29), (10, 25), (4, 5), (10, 4), (11, 1), (3, 8), (6, 30), (12, 31), (2, 28))]
NOWS = st.builds(lambda day, minutes: day + timedelta(minutes=15 * minutes), st.sampled_from(HOURS), st.integers(0, 120))
everything = settings(deadline=None, derandomize=True, max_examples=10, suppress_health_check=list(HealthCheck))
#: A seed cannot be made smaller: the first that fails is the one to look at.
seeds = settings(everything, phases=[Phase.generate])


@pytest.fixture(scope="module", params=POLICIES, ids=lambda seed: f"policy {seed}")
def decider(request: pytest.FixtureRequest) -> Decider:
    return Decider(policy_of(Random(request.param)) if request.param else Policy.of())


def decided(decider: Decider, world: World, now: datetime) -> list[dict[str, Any]]:
    decider.forget()
    decider.decide(world, now)
    return decider.rows("from decisions.decisions")


@everything
@given(random=st.randoms(use_true_random=False), now=NOWS, people=st.integers(1, 40))
def test_a_run_holds_the_invariants_and_says_what_the_policy_says(decider: Decider, random: Random, now: datetime, people: int) -> None:
    world = Drawn(random, decider.policy, now).world(people)
    rows = decided(decider, world, now)
    check(rows, world, decider.policy, now)
    same(decide(world, decider.policy, now), rows)


@settings(seeds, max_examples=2)
@given(seed=st.integers(0, 2**32), now=NOWS)
def test_weeks_of_runs_send_nothing_twice_nor_too_much(decider: Decider, seed: int, now: datetime) -> None:
    weeks = Weeks(decider, Drawn(Random(seed), decider.policy, now, calm=0.9), people=25)
    for _ in range(20):
        weeks.live()
        weeks.run()
    weeks.never_two_in_any_window()
    weeks.each_asked_for_once()
    assert len(weeks.sent) > 10


@settings(seeds, max_examples=3)
@given(seed=st.integers(0, 2**32), now=NOWS)
def test_a_part_is_decided_as_in_the_whole_also_one_after_the_other(decider: Decider, seed: int, now: datetime) -> None:
    random = Random(seed)
    world = Drawn(random, decider.policy, now).world(60)
    world.rooms = {}  # what waits for a person waits as a whole
    whole = {row["message_id"]: row for row in decided(decider, world, now)}
    random.shuffle(world.people)
    random.shuffle(world.requests)
    assert {row["message_id"]: row for row in decided(decider, world, now)} == whole, "the order of rows decides nothing"
    found: dict[str, Any] = {}
    for part in parts(world, random):
        rows = decided(decider, part, now)
        found |= {row["message_id"]: row for row in rows}
        for row in rows:  # what goes, goes before the others are looked at
            if row["reason"] is None and row["kind"] == "message":
                delivery = Drawn(random, decider.policy, now).delivery(
                    row["message_id"], row["profile_id"], row["campaign"], row["channel"]
                )
                world.deliver([delivery])
    assert found == whole


def parts(world: World, random: Random) -> list[World]:
    """The people in three parts, so that nobody shares an address with another part; all see what was sent to anybody."""
    group: dict[object, int] = {}
    for number, person in enumerate(world.people):
        names = [person.profile_id, *((channel, address) for channel in CHANNELS if (address := person.address(channel)))]
        old = {group[name] for name in names if name in group}
        group |= {name: number for name, of in group.items() if of in old} | dict.fromkeys(names, number)
    place: dict[int, int] = defaultdict(lambda: random.randrange(3))
    of = {person.profile_id: place[group[person.profile_id]] for person in world.people}
    return [
        replace(
            world,
            people=[person for person in world.people if of[person.profile_id] == part],
            requests=[request for request in world.requests if of[request.person.profile_id] == part],
        )
        for part in range(3)
    ]


@settings(seeds, max_examples=2)
@given(seed=st.integers(0, 2**32), now=NOWS)
def test_the_history_grows_by_what_changed_and_ends_with_the_last_outcomes(decider: Decider, seed: int, now: datetime) -> None:
    weeks = Weeks(decider, Drawn(Random(seed), decider.policy, now, calm=0.7), people=20)
    weeks.live()
    told: dict[str, list[str]] = defaultdict(list)
    variants: dict[str, str] = {}
    for _ in range(8):
        rows = {row["message_id"]: row for row in weeks.run()}
        for key, row in rows.items():
            outcome = row["reason"] or "allowed"
            variant = row["variant"] or variants.get(key, "")  # drawn anew, it is told anew
            if (told[key][-1:], variants.get(key, "")) != ([outcome], variant):
                told[key].append(outcome)
            variants[key] = variant
        history = decider.rows("from decisions.decision_history order by decided_at, message_id")
        found: dict[str, list[str]] = defaultdict(list)
        for row in history:
            found[row["message_id"]].append(row["outcome"])
        assert {key: [one for one in outcomes if one != "expired"] for key, outcomes in found.items()} == dict(told)
        assert not [key for key in rows if found[key][-1] == "expired"], "what is asked for has not expired"
        # of what is asked for no more: gone, done, or expired
        weeks.world.requests = [one for one in weeks.world.requests if weeks.random.random() < 0.85]
        weeks.live()
