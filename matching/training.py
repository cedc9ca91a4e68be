"""What the records teach, without labels: how often true pairs and other pairs agree in each way, and how many are true.

Expectation maximisation over the patterns of agreement of all pairs that were found, with what random pairs look like beside
them. Three things keep it safe where there is little to learn from or where the file is odd: ordinary customer files count as
much as `ORDINARY_PAIRS` true pairs, a field's disagreement among true pairs is bounded (comparisons.most_pct), and
contradicted pairs are never true ones, unless the file shows that such are slips (families.py). Nothing is drawn at random:
samples are taken by a hash of the record's own key.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.beliefs import Belief, Patterns
from matching.comparisons import Field, level_of
from matching.contradictions import EITHER, kind_of_contradiction
from matching.families import forgiven_in
from matching.frequencies import write_frequencies

ORDINARY_PAIRS = 30.0
#: Pairs that are enough to learn from.
RANDOM_PAIRS = 250_000
TRAINING_PAIRS = 500_000
ROUNDS = 60


def drawn(parts: int) -> str:
    """SQL over a pair: whether it is drawn, one in so many `parts`.

    Modulo a prime first: records of one person often stand side by side in their file, and a plain sum of the keys modulo `parts`
    draws neighbours always or never, where `parts` divides what neighbours' sums differ by.
    """
    return f"(cast(join_key_l as bigint) * 7919 + join_key_r) * 48271 % 2147483647 % {parts} = 0"


def patterns_of(connection: duckdb.DuckDBPyConnection, pairs: str, fields: Sequence[Field], kind: str = "0") -> Patterns:
    """The patterns of agreement in a table of pairs; `kind` is SQL for what contradicts in a pair."""
    levels = ", ".join(f"{level_of(field)} as level_of_{field.name}" for field in fields)
    rows = connection.sql(f"""
        with lefts as (select columns(*) as '\\0_l' from people where unique_id in (select join_key_l from {pairs})),
        rights as (select columns(*) as '\\0_r' from people where unique_id in (select join_key_r from {pairs}))
        select {levels}, {kind} as kind, count(*)
        from {pairs} inner join lefts on unique_id_l = join_key_l inner join rights on unique_id_r = join_key_r
        group by all order by all
    """).fetchall()
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(fields) + 2)
    return Patterns(table[:, :-2], table[:, -1].astype(float), table[:, -2])


def write_random_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes the table `random_pairs`: each record with the next ones in the order of a hash of their keys."""
    drawn = connection.sql("select cast(unique_id as bigint) from people order by md5(record_key), unique_id").fetchnumpy()
    people = next(iter(drawn.values()))
    steps = range(1, min(len(people) - 1, max(1, RANDOM_PAIRS // max(len(people), 1))) + 1)
    some = slice(None, None, max(1, len(people) // RANDOM_PAIRS))
    one = np.concatenate([people[some] for _ in steps] or [people[:0]])
    other = np.concatenate([np.roll(people, -step)[some] for step in steps] or [people[:0]])
    connection.register("drawn_pairs", pa.table({"one": one, "other": other}))
    connection.execute("""
        create or replace table random_pairs as
        select distinct least(one, other) as join_key_l, greatest(one, other) as join_key_r, 0 as match_key from drawn_pairs order by all
    """)
    connection.unregister("drawn_pairs")


def _shares(patterns: Patterns, weight: NDArray[np.float64], column: int, size: int) -> NDArray[np.float64]:
    said = patterns.levels[:, column] >= 0
    return np.bincount(patterns.levels[said, column], weights=weight[said], minlength=size).astype(np.float64)


def _bounded(shares: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """The last level holds at most `most`; what it gives up goes to the others in their proportion."""
    if shares[-1] <= most:
        return shares
    rest = shares[:-1] / shares[:-1].sum() * (1 - most)
    return np.append(rest, most)


def learn(found: Patterns, random: Patterns, fields: Sequence[Field], records: int) -> Belief:
    """Expectation maximisation; `found` stands for all pairs that could be true, out of records * (records - 1) / 2."""
    total = max(records * (records - 1) / 2, 1.0)
    ordinary = [np.array([level.people_pct for level in field.levels]) / 100 for field in fields]
    sizes = [len(field.levels) for field in fields]
    seen = [_shares(random, random.pairs, place, size) for place, size in enumerate(sizes)]
    among_true = [shares.copy() for shares in ordinary]
    prior = min(0.2, 1 / max(records, 5))
    forgiven = forgiven_in(found, fields)
    slips = [0, *(kind for kind, label in enumerate(EITHER, 2) if label in forgiven)]
    contradicted = ~np.isin(found.kinds, slips)
    for _ in range(ROUNDS):
        among_others = []
        for place, counts in enumerate(seen):
            said = counts.sum()
            others = np.maximum(counts - prior * said * among_true[place], 0) + 0.5 * (1 + ordinary[place])
            among_others.append(others / others.sum())
        evidence = np.full(len(found.pairs), np.log(prior / (1 - prior)))
        for place in range(len(fields)):
            level = found.levels[:, place]
            weight = np.log(among_true[place] / among_others[place])
            evidence += np.where(level >= 0, weight[level], 0.0)
        probability = np.where(contradicted, 0.0, 1 / (1 + np.exp(-np.clip(evidence, -500, 500))))
        true_pairs = probability * found.pairs
        prior = float(np.clip((true_pairs.sum() + 0.5) / (total + 1), 0.01 / total, 0.2))
        for place, size in enumerate(sizes):
            counts = _shares(found, true_pairs, place, size) + ORDINARY_PAIRS * ordinary[place]
            among_true[place] = _bounded(counts / counts.sum(), fields[place].most_pct / 100)
    return Belief(prior, {f.name: (list(among_true[i]), list(among_others[i])) for i, f in enumerate(fields)}, forgiven)


def train(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> Belief:
    """Learns from `people` and `pairs`, and writes the frequency tables that scoring needs."""
    count = connection.sql("select count(*) from people").fetchall()[0][0]
    write_random_pairs(connection)
    found = connection.sql("select count(*) from pairs").fetchall()[0][0]
    part = max(1, -(-found // TRAINING_PAIRS))
    connection.execute(f"create or replace table training_pairs as select * from pairs where {drawn(part)}")
    sample = patterns_of(connection, "training_pairs", fields, kind_of_contradiction())
    sample = Patterns(sample.levels, sample.pairs * part, sample.kinds)
    belief = learn(sample, patterns_of(connection, "random_pairs", fields), fields, count)
    connection.execute("drop table training_pairs")
    connection.execute("drop table random_pairs")
    write_frequencies(connection, belief, fields)
    return belief
