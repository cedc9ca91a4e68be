"""Who must not be united: contradicting people, those that could be either of two, and chains that would unite them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import duckdb
import pyarrow as pa

from matching.contradictions import CONTRADICTED

#: Likelier by so many bits (8 times) is far likelier.
CLEAR_BITS = 3.0


def contradicted_among(connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Those of the pairs of people (ids, the smaller first) that contradict each other, and by which of CONTRADICTED."""
    listed = sorted(set(pairs))
    table = pa.table({name: pa.array([pair[side] for pair in listed], pa.int64()) for side, name in enumerate(("left_id", "right_id"))})
    connection.register("asked_pairs", table)
    kinds = " ".join(f"when {sql} then {place}" for place, (_, sql) in enumerate(CONTRADICTED))
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


def ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def groups_of(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For every person in a pair the smallest person that it hangs together with."""
    above: dict[int, int] = {}

    def top(person: int) -> int:
        above.setdefault(person, person)
        while above[person] != person:
            above[person] = above[above[person]]
            person = above[person]
        return person

    for one, other in pairs:
        small, large = ordered(top(one), top(other))
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
                kind = contradictions.get(ordered(other, other_2))
                pair, pair_2 = ordered(person, other), ordered(person, other_2)
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
    return {ordered(a, b) for others in near.values() for place, a in enumerate(others) for b in others[place + 1 :]}


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
