"""Which pairs are accepted: by the precision that the model expects of itself, and never against a contradiction.

The threshold is the smallest probability at which the mean probability of all accepted pairs still is the wanted precision. A
record that could be either of two people who contradict each other joins neither, unless one is far likelier; and links are
accepted best first, so that the one which would unite a contradicting pair by a chain is the one that goes to review.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from matching.conflicts import ambiguous, chained, contradicted_among, groups_of, neighbours_of_one, ordered

ACCEPTED, REVIEW, CONTRADICTED = "accepted", "review", "contradicted"
NOT_SURE, IMPERSONAL = "", "nothing but what a household shares agrees"
AMBIGUOUS, CHAINED = "could be either of two people", "would join people who contradict each other"


@dataclass(frozen=True)
class Settings:
    """`precision` is wanted of the accepted pairs; none is accepted below `least`; below `review` nobody is asked."""

    precision: float = 0.99
    least: float = 0.9
    review: float = 0.5


def threshold(probability: NDArray[np.float64], settings: Settings) -> float:
    """The smallest probability to accept, 1 where not even the surest pair is sure enough."""
    ordered = np.sort(probability)[::-1]
    if not len(ordered):
        return 1.0
    expected = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    good = ordered[(expected >= settings.precision) & (ordered >= settings.least)]
    return float(good[-1]) if len(good) else 1.0


def decide(
    connection: duckdb.DuckDBPyConnection,
    weights: dict[tuple[int, int], float],
    settings: Settings,
    tells: Callable[[int, int, tuple[int, int]], bool],
    impersonal: set[tuple[int, int]],
) -> dict[tuple[int, int], tuple[str, str]]:
    """Decision and what stood against it, for the pairs that nothing contradicts (weights in bits)."""
    pairs = [pair for pair in weights if pair not in impersonal]
    probability = 1 / (1 + np.exp2(-np.array([weights[pair] for pair in pairs], dtype=float)))
    line = threshold(probability, settings)
    sure = {pair for pair, likely in zip(pairs, probability, strict=True) if likely >= line}
    contradictions = contradicted_among(connection, neighbours_of_one(weights))
    unclear = ambiguous(weights, contradictions, tells)
    accepted = {pair: weights[pair] for pair in sure - unclear}
    groups = groups_of(list(accepted))
    members: dict[int, list[int]] = defaultdict(list)
    for person, name in groups.items():
        members[name].append(person)
    inside = (
        ordered(a, b) for people in members.values() if len(people) > 2 for place, a in enumerate(people) for b in people[place + 1 :]
    )
    refused = chained(accepted, contradicted_among(connection, inside))
    said = dict.fromkeys(pairs, (REVIEW, NOT_SURE)) | dict.fromkeys(accepted, (ACCEPTED, ""))
    return said | dict.fromkeys(unclear, (REVIEW, AMBIGUOUS)) | dict.fromkeys(refused, (REVIEW, CHAINED))
