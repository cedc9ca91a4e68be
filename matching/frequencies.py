"""How common a value is among other people: agreeing on a rare one says more."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from matching.beliefs import Belief
from matching.comparisons import Field, frequent_columns
from matching.splink_model import NEVER


def write_frequencies(connection: duckdb.DuckDBPyConnection, belief: Belief, fields: Sequence[Field], scored: str | None = None) -> None:
    """Writes the columns tf_<column> of `people`: how often *another person* has the value; NULL where there is none.

    A plain count would count a person's own other records too, and make a rare name look common in a small file. So the
    records that a person is expected to have are taken off: at first what training found on average, after a first scoring
    (`scored`) what it says of this very value. What remains is levelled, so that the mean is what training found among
    pairs that are not true.
    """
    rated = frequent_columns(fields)
    for field in fields:
        true_shares, other_shares = belief.levels[field.name]
        for place, level in enumerate(field.levels):
            if not level.frequency_of:
                continue
            column = level.frequency_of
            records = max(connection.sql(f"select count({column}) from people").fetchall()[0][0], 1)
            own = f"select null as value, {belief.prior * (records - 1) * true_shares[place]} as own"
            if scored:
                own = f"""
                    select people.{column} as value, 2 * sum(case when {NEVER} then 0 else 1 / (1 + pow(2, -match_weight)) end) as own
                    from {scored} inner join people on {scored}.unique_id_l = people.unique_id
                    where {scored}.{field.name} = {place} and match_weight > -10
                    group by people.{column}
                """
            connection.execute(f"""
                create or replace table tf_{column} as
                with counted as (select {column}, count(*) as size from people where {column} is not null group by {column}),
                owned as ({own}),
                others as (
                    select counted.*, greatest(size - 1 - coalesce(own / {"size" if scored else 1}, 0), 0) / {records} as others
                    from counted left join owned on {"counted." + column + " = owned.value" if scored else "true"}
                ),
                levelled as (select greatest({other_shares[place]} - sum(size * others) / sum(size), 0.1 / {records}) as rest from others)
                select {column}, cast(least(others + rest, 1) as double) as tf_{column} from others cross join levelled
            """)
    # beside each person, once: many a part of the pairs is weighed after that, and to join them anew each time is dear
    connection.execute(f"""
        create or replace table people as
        with plain as (select columns(lambda name: not starts_with(name, 'tf_')) from people)
        select plain.*, {", ".join(f"tf_{column}.tf_{column}" for column in rated)}
        from plain {" ".join(f"left join tf_{column} on plain.{column} = tf_{column}.{column}" for column in rated)}
    """)
    for column in rated:
        connection.execute(f"drop table tf_{column}")
