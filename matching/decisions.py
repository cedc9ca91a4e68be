"""Which pairs are accepted: by the precision that the model expects of itself, and never against a contradiction.

The surest pairs are accepted, as many as keep the mean probability of all accepted at the wanted precision. A
record that could be either of two people who contradict each other joins neither, unless one is far likelier; and links are
accepted best first, so that the one which would unite a contradicting pair by a chain is the one that goes to review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.conflicts import chained, groups_of, write_clashes, write_forks, write_unclear

ACCEPTED, REVIEW, CONTRADICTED = "accepted", "review", "contradicted"
AMBIGUOUS, CHAINED = "could be either of two people", "would join people who contradict each other"
Column = NDArray[np.int64]


@dataclass(frozen=True)
class Settings:
    """`precision` is wanted of the accepted pairs; none is accepted below `least`; below `review` nobody is asked."""

    precision: float = 0.99
    least: float = 0.9
    review: float = 0.5


def surest(likely: NDArray[np.float64], settings: Settings) -> int:
    """How many of the pairs, given the surest first, are sure enough."""
    expected = np.cumsum(likely) / np.arange(1, len(likely) + 1)
    (good,) = np.nonzero((expected >= settings.precision) & (likely >= settings.least))
    return int(good[-1]) + 1 if len(good) else 0


def _write(connection: duckdb.DuckDBPyConnection, table: str, **columns: NDArray[np.generic]) -> None:
    connection.register("given_columns", pa.table(columns))
    connection.execute(f"create or replace table {table} as select * from given_columns")
    connection.unregister("given_columns")


def _refused(connection: duckdb.DuckDBPyConnection, against: Sequence[tuple[str, str]]) -> set[tuple[int, int]]:
    """Of `accepted` the pairs that would unite contradicting people by a chain; only groups with a contradiction are gone through."""
    pairs = connection.sql("select one, other from accepted").fetchnumpy()
    people, groups = groups_of(pairs["one"], pairs["other"])
    _write(connection, "grouped", person=people, in_group=groups)
    connection.execute("""
        create or replace table inside as
        select a.person as left_id, b.person as right_id
        from grouped as a inner join grouped as b on a.in_group = b.in_group and a.person < b.person
        where a.in_group in (select in_group from grouped group by in_group having count(*) > 2)
    """)
    write_clashes(connection, "inside", "clashes_inside", against)
    torn = "select in_group from clashes_inside inner join grouped on clashes_inside.left_id = grouped.person"
    doubtful = connection.sql(f"""
        select one, other, weight from accepted inner join grouped on accepted.one = grouped.person where in_group in ({torn})
    """).fetchall()
    clashes = connection.sql("select left_id, right_id from clashes_inside order by all").fetchall()
    return chained({(one, other): weight for one, other, weight in doubtful}, clashes)


def write_decisions(connection: duckdb.DuckDBPyConnection, settings: Settings, against: Sequence[tuple[str, str]]) -> None:
    """Writes `said` (one, other, decision, against) out of `open_pairs`; what it does not name is for review.

    `against` are the contradictions (label, SQL over a pair of people). `open_pairs` are the pairs that nothing contradicts: one < other,
    weight (bits), is_personal (whether anything but what a household shares agrees: without it none is accepted), is_vague (the first
    name agrees only as what may stand for others).
    """
    pairs = connection.sql("select one, other, weight from open_pairs where is_personal order by weight desc, one, other").fetchnumpy()
    count = surest(1 / (1 + np.exp2(-pairs["weight"])), settings)
    _write(connection, "sure", **{name: values[:count] for name, values in pairs.items()})
    write_forks(connection)
    write_clashes(connection, "forks", "clashes", against)
    write_unclear(connection)
    connection.execute("create or replace table accepted as select * from sure anti join unclear using (one, other)")
    refused = sorted(_refused(connection, against))
    _write(connection, "refused", **dict(zip(("one", "other"), np.array(refused, dtype=np.int64).reshape(-1, 2).T, strict=True)))
    connection.execute(f"""
        create or replace table said as
        select one, other, '{REVIEW}' as decision, '{AMBIGUOUS}' as against from unclear
        union all
        select one, other, '{REVIEW}' as decision, '{CHAINED}' as against from refused
        union all
        select one, other, '{ACCEPTED}' as decision, '' as against from accepted anti join refused using (one, other)
    """)
