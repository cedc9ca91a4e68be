"""Who gets a message: a hundred thousand random candidates, decided by the models and by a plain reader of the policy."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from decisions_invariants import RULES, check
from decisions_random import Drawn
from decisions_reads import names_a_product
from decisions_reference import Verdict, decide
from decisions_sql import Decider
from decisions_world import Policy, World
from warehouse_kit import moment

#: An hour after Europe went back to winter time: half of the zones sleep, in one it is 7 and would have been 8 the day before.
NOW = moment(2026, 10, 25, 6, 30)


def same(expected: dict[str, Verdict], rows: list[dict[str, Any]]) -> None:
    """Fails with the first few that differ."""
    found = {
        row["message_id"]: (row["reason"], row["channel"], row["channel_because"], row["address"], row["occasion"], row["variant"])
        for row in rows
    }
    arms = {key: one.arm.name if one.arm and not one.is_control else None for key, one in expected.items()}
    told = {key: (one.reason, one.channel, one.channel_because, one.address, one.occasion, arms[key]) for key, one in expected.items()}
    wrong = [(told.get(key), found.get(key), expected.get(key)) for key in told.keys() | found.keys() if told.get(key) != found.get(key)]
    assert not wrong, f"{len(wrong)} differ, (told, found, candidate): {wrong[:3]}"


@pytest.fixture(scope="module")
def decided() -> tuple[Policy, World, list[dict[str, Any]]]:
    policy = Policy.of()
    world = Drawn(Random(23), policy, NOW).world(48_500)
    world.doubted = {"purchase_30d"}
    decider = Decider(policy, threads=2)
    decider.decide(world, NOW)
    return policy, world, decider.rows("from decisions.decisions")


def test_a_hundred_thousand_candidates_have_the_outcome_of_the_policy(decided: tuple[Policy, World, list[dict[str, Any]]]) -> None:
    policy, world, rows = decided
    expected = decide(world, policy, NOW)
    assert len(expected) >= 100_000
    same(expected, rows)
    counts = Counter(verdict.reason for verdict in expected.values())
    hard = {"awaiting_approval"} | (set() if any(map(names_a_product, policy.scenarios)) else {"out_of_stock"})
    assert not [reason for reason in (*RULES.values(), None) if reason not in hard and counts[reason] < 300], counts


def test_of_a_hundred_thousand_none_breaks_an_invariant(decided: tuple[Policy, World, list[dict[str, Any]]]) -> None:
    policy, world, rows = decided
    check(rows, world, policy, NOW)
