"""Who must not be united: contradicting people, those that could be either of two, and chains that would unite them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
from numpy.typing import NDArray

from matching.contradictions import CONTRADICTED, OTHER_FIRST_NAME, SAYS

#: Likelier by so many bits (8 times) is far likelier.
CLEAR_BITS = 3.0
FIRST_NAMES_DIFFER = next(kind for kind, (label, _) in enumerate(CONTRADICTED) if label == OTHER_FIRST_NAME)


def write_clashes(connection: duckdb.DuckDBPyConnection, asked: str, into: str, against: Sequence[tuple[str, str]]) -> None:
    """Writes `into`: the pairs of `asked` (left_id < right_id) whose people contradict each other, and by which of `against`."""
    kinds = " ".join(f"when {sql} then {kind}" for kind, (_, sql) in enumerate(against))
    connection.execute(f"""
        create or replace table {into} as
        with lefts as (select columns(*) as '\\0_l' from people), rights as (select columns(*) as '\\0_r' from people)
        select * from (
            select left_id, right_id, case {kinds} end as kind from (select distinct left_id, right_id from {asked}) as asked
            inner join lefts on lefts.unique_id_l = asked.left_id
            inner join rights on rights.unique_id_r = asked.right_id
        ) where kind is not null
    """)


def write_forks(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes `forks` out of `open_pairs`: a person, two that it may be (left_id < right_id), how likely and how vaguely each."""
    connection.execute("""
        create or replace table forks as
        with near as (
            select one as person, other as neighbour, weight, is_vague from open_pairs
            union all
            select other as person, one as neighbour, weight, is_vague from open_pairs
        )
        select
            a.person, a.neighbour as left_id, b.neighbour as right_id,
            a.weight as left_weight, b.weight as right_weight, a.is_vague as left_vague, b.is_vague as right_vague
        from near as a inner join near as b on a.person = b.person and a.neighbour < b.neighbour
    """)


def write_unclear(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes `unclear` (one < other): pairs of a record that could be either of two people who contradict each other (`clashes`).

    Where the record says of itself what these two contradict each other in, it is no riddle; a first name that agrees only
    vaguely says nothing.
    """
    says = " ".join(f"when {kind} then {sql}" for kind, sql in enumerate(SAYS))
    connection.execute(f"""
        create or replace table unclear as
        with riddles as (
            select forks.*
            from forks
            inner join clashes using (left_id, right_id)
            inner join people on forks.person = people.unique_id
            where not (case kind {says} end and not (kind = {FIRST_NAMES_DIFFER} and left_vague and right_vague))
        ),
        dropped as (
            select person, left_id as neighbour from riddles where left_weight - right_weight < {CLEAR_BITS}
            union
            select person, right_id as neighbour from riddles where right_weight - left_weight < {CLEAR_BITS}
        )
        select distinct least(person, neighbour) as one, greatest(person, neighbour) as other from dropped
    """)


def groups_of(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The people in these pairs, and for each the smallest person that it hangs together with."""
    people, places = np.unique(np.concatenate([one, other]), return_inverse=True)
    left, right = places[: len(one)], places[len(one) :]
    top = np.arange(len(people))
    while True:
        lower = np.minimum(top[left], top[right])
        found = top.copy()
        np.minimum.at(found, top[left], lower)
        np.minimum.at(found, top[right], lower)
        found = found[found]
        if (found == top).all():
            return people, people[top]
        top = found


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
