"""Pairs that could still be one person: what is hopeless is told before Splink weighs it, by the same comparisons and beliefs.

A pair's weight is bounded from above by what is cheap to ask: where a comparison is dear (the slips between two names are
counted), the cheap condition that it implies stands for it. So nothing that could be of use is lost, and Splink has a tenth of
the pairs to weigh.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import duckdb

from matching.beliefs import Belief
from matching.comparisons import Field

#: Pairs below so many bits are hopeless: nothing that is weighed later lifts a pair.
HOPELESS = -8.0
#: A sum may differ in its last digits by the order of its parts.
SLACK = 0.001


def _weights(field: Field, belief: Belief) -> list[str]:
    """SQL for the weight of each level in bits; what a rare value adds comes with it."""
    shares = zip(field.levels, *belief.levels[field.name], strict=True)
    return [
        f"({math.log2(true)} - log2(tf_{level.frequency_of}_l))" if level.frequency_of else f"({math.log2(true / other)})"
        for level, true, other in shares
    ]


def _most(field: Field, belief: Belief) -> str:
    """SQL over a pair: the most that it may weigh in this field."""
    *better, most = _weights(field, belief)
    for level, weight in reversed(list(zip(field.levels, better, strict=False))):
        if level.possible:
            most = f"greatest(case when {level.possible} then {weight} end, {most})"
        else:
            most = f"case when {level.sql} then {weight} else {most} end"
    return f"case when {field.missing} then 0 else {most} end"


def write_promising(connection: duckdb.DuckDBPyConnection, pairs: str, into: str, fields: Sequence[Field], belief: Belief) -> None:
    """Writes the table `into`: those of `pairs` that are not hopeless by `belief` and how common their values are."""
    most = " + ".join([str(math.log2(belief.prior / (1 - belief.prior))), *(_most(field, belief) for field in fields)])
    connection.execute(f"""
        create or replace table {into} as
        with lefts as (select columns(*) as '\\0_l' from people where unique_id in (select join_key_l from {pairs})),
        rights as (select columns(*) as '\\0_r' from people where unique_id in (select join_key_r from {pairs}))
        select join_key_l, join_key_r, match_key
        from {pairs} inner join lefts on unique_id_l = join_key_l inner join rights on unique_id_r = join_key_r
        where {most} > {HOPELESS - SLACK}
    """)
