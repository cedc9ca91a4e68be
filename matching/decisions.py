"""Which pairs are accepted: by the precision that the model expects of itself, and never against a contradiction.

The threshold is the smallest probability at which the mean probability of all accepted pairs still is the wanted precision. A
record that could be either of two people who contradict each other joins neither, unless one is far likelier; and links are
accepted best first, so that the one which would unite a contradicting pair by a chain is the one that goes to review.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.comparisons import CONTRADICTED as CONTRADICTED_BY

#: Likelier by so many bits (8 times) is far likelier.
CLEAR_BITS = 3.0
ACCEPTED, REVIEW, CONTRADICTED = "accepted", "review", "contradicted"
NOT_SURE, AMBIGUOUS, CHAINED = "", "could be either of two people", "would join people who contradict each other"


@dataclass(frozen=True)
class Settings:
    """`precision` is wanted of the accepted pairs; none is accepted below `least`; below `review` nobody is asked."""

    precision: float = 0.995
    least: float = 0.8
    review: float = 0.5


def threshold(probability: NDArray[np.float64], settings: Settings) -> float:
    """The smallest probability to accept, 1 where not even the surest pair is sure enough."""
    ordered = np.sort(probability)[::-1]
    if not len(ordered):
        return 1.0
    expected = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    good = ordered[(expected >= settings.precision) & (ordered >= settings.least)]
    return float(good[-1]) if len(good) else 1.0


def contradicted_among(connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Those of the pairs of people (ids, the smaller first) that contradict each other, and by which of CONTRADICTED."""
    listed = sorted(set(pairs))
    table = pa.table({name: pa.array([pair[side] for pair in listed], pa.int64()) for side, name in enumerate(("left_id", "right_id"))})
    connection.register("asked_pairs", table)
    kinds = " ".join(f"when {sql} then {place}" for place, (_, sql) in enumerate(CONTRADICTED_BY))
    found = connection.sql(f"""
        with lefts as (select columns(*) as '\\0_l' from people), rights as (select columns(*) as '\\0_r' from people)
        select * from (
            select left_id, right_id, case {kinds} end as kind from asked_pairs
            inner join lefts on lefts.unique_id_l = asked_pairs.left_id
            inner join rights on rights.unique_id_r = asked_pairs.right_id
        ) where kind is not null
    """).fetchall()
    connection.unregister("asked_pairs")
    return {(left, right): kind for left, right, kind in found}


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _groups(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For every person in a pair the smallest person that it hangs together with."""
    above: dict[int, int] = {}

    def top(person: int) -> int:
        above.setdefault(person, person)
        while above[person] != person:
            above[person] = above[above[person]]
            person = above[person]
        return person

    for one, other in pairs:
        small, large = _ordered(top(one), top(other))
        above[large] = small
    return {person: top(person) for person in list(above)}


def ambiguous(
    weights: dict[tuple[int, int], float],
    contradictions: dict[tuple[int, int], int],
    tells: Callable[[int, int, tuple[int, int]], bool],
) -> set[tuple[int, int]]:
    """The pairs of a record that could be either of two people who contradict each other.

    `tells(kind, person, pair)`: whether the person says of itself what these two contradict each other in.
    """
    near: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, other), weight in weights.items():
        near[one].append((weight, other))
        near[other].append((weight, one))
    dropped: set[tuple[int, int]] = set()
    for person, others in near.items():
        for place, (weight, other) in enumerate(others):
            for weight_2, other_2 in others[place + 1 :]:
                kind = contradictions.get(_ordered(other, other_2))
                pair, pair_2 = _ordered(person, other), _ordered(person, other_2)
                if kind is None or tells(kind, person, pair) or tells(kind, person, pair_2):
                    continue
                if weight - weight_2 < CLEAR_BITS:
                    dropped.add(pair)
                if weight_2 - weight < CLEAR_BITS:
                    dropped.add(pair_2)
    return dropped


def neighbours_of_one(weights: dict[tuple[int, int], float]) -> set[tuple[int, int]]:
    """All pairs of people that have a neighbour in common."""
    near: dict[int, list[int]] = defaultdict(list)
    for one, other in weights:
        near[one].append(other)
        near[other].append(one)
    return {_ordered(a, b) for others in near.values() for place, a in enumerate(others) for b in others[place + 1 :]}


def chained(accepted: dict[tuple[int, int], float], contradictions: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Accepted pairs that would unite contradicting people, when links are made best first.

    A slip may make two records of one person contradict each other: where more links than contradictions stand between
    two groups, the groups are one.
    """
    against: dict[int, set[int]] = defaultdict(set)
    linked: dict[int, set[int]] = defaultdict(set)
    for one, other in accepted:
        linked[one].add(other)
        linked[other].add(one)
    for one, other in contradictions:
        against[one].add(other)
        against[other].add(one)
    members: dict[int, set[int]] = {}
    group: dict[int, int] = {}
    refused: set[tuple[int, int]] = set()
    for (one, other), _ in sorted(accepted.items(), key=lambda item: (-item[1], item[0])):
        for person in (one, other):
            if person not in group:
                group[person], members[person] = person, {person}
        small, large = sorted((group[one], group[other]), key=lambda name: len(members[name]))
        if small == large:
            continue
        conflicts = sum(len(against[person] & members[large]) for person in members[small] if person in against)
        if conflicts and conflicts >= sum(len(linked[person] & members[large]) for person in members[small]):
            refused.add((one, other))
            continue
        for person in members[small]:
            group[person] = large
        members[large] |= members.pop(small)
    return refused


def decide(
    connection: duckdb.DuckDBPyConnection,
    weights: dict[tuple[int, int], float],
    settings: Settings,
    tells: Callable[[int, int, tuple[int, int]], bool],
) -> dict[tuple[int, int], tuple[str, str]]:
    """Decision and what stood against it, for the pairs that nothing contradicts (weights in bits)."""
    pairs = list(weights)
    probability = 1 / (1 + np.exp2(-np.array([weights[pair] for pair in pairs], dtype=float)))
    line = threshold(probability, settings)
    sure = {pair for pair, likely in zip(pairs, probability, strict=True) if likely >= line}
    contradictions = contradicted_among(connection, neighbours_of_one(weights))
    unclear = ambiguous(weights, contradictions, tells)
    accepted = {pair: weights[pair] for pair in sure - unclear}
    groups = _groups(list(accepted))
    members: dict[int, list[int]] = defaultdict(list)
    for person, name in groups.items():
        members[name].append(person)
    inside = (_ordered(a, b) for people in members.values() if len(people) > 2 for place, a in enumerate(people) for b in people[place + 1 :])
    refused = chained(accepted, contradicted_among(connection, inside))
    said = {pair: (REVIEW, NOT_SURE) for pair in pairs} | {pair: (ACCEPTED, "") for pair in accepted}
    return said | {pair: (REVIEW, AMBIGUOUS) for pair in unclear} | {pair: (REVIEW, CHAINED) for pair in refused}
