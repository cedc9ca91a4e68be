"""What a household shares is not evidence of its own each time: who has the surname has the address and the phone.

Fields are weighed as if they were independent, and for a family they are not. The file itself shows by how much: among pairs
that share a surname and an address, phone or e-mail, those whose first names contradict are known to be two people, and among
those that share the first name as well, so are those born in other decades. Their share is what the common things may prove.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from matching.beliefs import Belief
from matching.comparisons import ADDRESS, BIRTH_DATE, COMPANY, EMAIL, FIRST_NAME, LAST_NAME, PHONE, Field
from matching.contradictions import BORN_APART, OTHER_FIRST_NAME
from matching.splink_model import NEVER

#: Pairs (one person, two people) of ordinary households; of one first name at one address; of one first name and e-mail or phone.
ORDINARY_HOUSEHOLD = (3.0, 1.0)
ORDINARY_NAMESAKES = (200.0, 0.5)
ORDINARY_REACHED_ALIKE = (200.0, 0.2)
#: Fields that are a person's own, and the last level that counts as agreeing.
PERSONAL = ((BIRTH_DATE, 2), (EMAIL, 1), (PHONE, 2), (COMPANY, 1))
INITIAL_LEVEL = next(place for place, level in enumerate(FIRST_NAME.levels) if level.label == "same initial")


def _at_most(field: Field, fields: Sequence[Field], level: int) -> str:
    return f"{field.name} between 0 and {level}" if field in fields else "false"


def personal_evidence(fields: Sequence[Field]) -> str:
    """SQL over `scored`: whether anything but what a household shares agrees: first name, date of birth, e-mail or phone."""
    other = len(FIRST_NAME.levels) - 1
    first = f"(first_name between 0 and {other - 1} and first_name <> {INITIAL_LEVEL})" if FIRST_NAME in fields else "false"
    return f"({first} or {' or '.join(_at_most(field, fields, level) for field, level in PERSONAL)})"


def weigh_households(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], belief: Belief) -> None:
    """Lowers match_weight in `scored` where what is shared would prove more than it does in this file."""
    shares = " or ".join((_at_most(ADDRESS, fields, 2), _at_most(PHONE, fields, 0), _at_most(EMAIL, fields, 0)))
    reached = f"({_at_most(PHONE, fields, 0)} or {_at_most(EMAIL, fields, 0)})"
    household = f"({_at_most(LAST_NAME, fields, len(LAST_NAME.levels) - 3)}) and ({shares})"
    other = len(FIRST_NAME.levels) - 1
    first = "first_name" if FIRST_NAME in fields else "-1"
    born = "birth_date" if any(field.name == "birth_date" for field in fields) else "-1"
    likely = f"case when {NEVER} then 0 else 1 / (1 + pow(2, -match_weight)) end"
    said_first, alike = f"{first} >= 0", f"{first} between 0 and {other - 1} and {born} >= 0"

    def worth(which: str, ordinary: tuple[float, float]) -> float:
        one, two = connection.sql(f"""
            select coalesce(sum({likely}), 0), coalesce(sum(1 - {likely}), 0) from scored where {household} and {which}
        """).fetchall()[0]
        return float(np.log2((float(one) + ordinary[0]) / (float(two) + ordinary[1])))

    bits = float(np.log2(belief.prior / (1 - belief.prior)))
    household_bits = worth(said_first, ORDINARY_HOUSEHOLD)
    namesake_bits = worth(f"{alike} and not {reached}", ORDINARY_NAMESAKES)
    reached_bits = worth(f"{alike} and {reached}", ORDINARY_REACHED_ALIKE)
    connection.execute(f"""
        create or replace table scored as
        with lowered as (
            select *, greatest({bits} + shared_weight - {household_bits}, 0) as excess from scored
        )
        select
            * exclude (excess) replace (
                case
                    when not ({household}) then match_weight
                    when {first} >= 0 and {born} < 0
                        then match_weight
                        - greatest(excess, {bits} + named_weight - case when {reached} then {reached_bits} else {namesake_bits} end, 0)
                    else match_weight - excess
                end as match_weight
            )
        from lowered
    """)
    _limit_forgiven(connection, belief)


def _limit_forgiven(connection: duckdb.DuckDBPyConnection, belief: Belief) -> None:
    """A pair whose contradiction is forgiven in this file is no likelier than the file shows."""
    shown = {
        OTHER_FIRST_NAME: f"first_name = {len(FIRST_NAME.levels) - 1} and last_name between 0 and {len(LAST_NAME.levels) - 3}",
        BORN_APART: f"birth_date = {len(BIRTH_DATE.levels) - 1}",
    }
    for label, share in belief.forgiven.items():
        most = float(np.log2(share / (1 - share)))
        connection.execute(f"update scored set match_weight = {most} where match_weight > {most} and {shown[label]}")
