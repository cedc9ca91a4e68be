"""Splink at work: pairs in, the level of each field and the match weight out. Nothing here decides."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Sequence
from typing import Any

import duckdb

from matching.beliefs import Belief
from matching.comparisons import Field, frequent_columns
from matching.contradictions import contradicted, contradictions
from matching.promising import HOPELESS

#: A contradiction is carried through Splink as a field of its own, read back from its weight and taken off the sum.
IMPOSSIBLE = 1e-9
NEVER = "is_contradicted"
#: What people of one household have in common.
SHARED = ("last_name", "address", "phone", "email")


def _contradiction(belief: Belief) -> dict[str, Any]:
    return {
        "output_column_name": NEVER,
        "comparison_levels": [
            {
                "sql_condition": contradicted(contradictions(belief.forgiven)),
                "label_for_charts": "contradicted",
                "m_probability": IMPOSSIBLE,
                "u_probability": 0.5,
            },
            {"sql_condition": "ELSE", "label_for_charts": "not contradicted", "m_probability": 0.5, "u_probability": 0.5},
        ],
    }


def _apart(shares: tuple[Sequence[float], Sequence[float]]) -> list[tuple[float, float]]:
    """The shares among true and other pairs, moved by parts in a million so that each level has a weight of its own."""
    return [(true, other * (1 + 1e-6 * (place + 1))) for place, (true, other) in enumerate(zip(*shares, strict=True))]


def _comparison(field: Field, shares: list[tuple[float, float]]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": field.missing, "label_for_charts": "not said", "is_null_level": True}]
    for level, (true, other) in zip(field.levels, shares, strict=True):
        declared: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.label}
        declared |= {"m_probability": true, "u_probability": other}
        if level.frequency_of:
            declared |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0, "disable_tf_exact_match_detection": True}
        levels.append(declared)
    return {"output_column_name": field.name, "comparison_levels": levels}


def _level_read_back(field: Field, shares: list[tuple[float, float]]) -> str:
    """Splink hands out weights: the place of the level whose weight it is, 0 the best, -1 where nothing is said."""
    cases = " ".join(
        f"when abs(mw_{field.name} - {math.log2(true / other):.12f}) < 1e-7 then {place}" for place, (true, other) in enumerate(shares)
    )
    return f"case {cases} else -1 end as {field.name}"


def _sum_of(fields: Sequence[Field], among: Sequence[str]) -> str:
    rare = {field.name for field in fields if any(level.frequency_of for level in field.levels)}
    parts = [f"mw_{field.name}" + (f" + mw_tf_adj_{field.name}" if field.name in rare else "") for field in fields if field.name in among]
    return " + ".join(parts) or "0.0"


def score(
    connection: duckdb.DuckDBPyConnection,
    pairs: str,
    into: str,
    fields: Sequence[Field],
    belief: Belief,
) -> None:
    """Writes the table `into`, without hopeless pairs: unique_id_l, unique_id_r, match_weight (before any
    contradiction), is_contradicted, shared_weight (of what households share), named_weight (with the first name), and per field its
    level (-1 not said, 0 the best).

    Rare values count by the columns tf_<column> that `frequencies` wrote. Splink gets the people of these pairs alone: it would join
    to all of them, however few the pairs.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    shares = {field.name: _apart(belief.levels[field.name]) for field in fields}
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*(_comparison(field, shares[field.name]) for field in fields), _contradiction(belief)],
        blocking_rules_to_generate_predictions=[],
        probability_two_random_records_match=belief.prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    connection.execute(f"""
        create or replace table some_people as
        select * from people where unique_id in (select join_key_l from {pairs} union all select join_key_r from {pairs})
    """)
    api = DuckDBAPI(connection)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(api.register("some_people"), settings, log_level=None, validate_settings=False)
        for column in frequent_columns(fields):
            known = f"select distinct {column}, tf_{column} from some_people where {column} is not null"
            connection.execute(f"create or replace table tf_{column} as {known}")
            linker.table_management.register_term_frequency_lookup(api.register(f"tf_{column}"), column)
        linker.table_management.register_blocked_pairs_for_predict(api.register(pairs))
        scored = linker.inference.predict(warning_mode="never")
        shared, named = (_sum_of(fields, among) for among in (SHARED, (*SHARED, "first_name")))
        levels = ", ".join(_level_read_back(field, shares[field.name]) for field in fields)
        connection.execute(f"""
            create or replace table {into} as
            select unique_id_l, unique_id_r, match_weight - mw_{NEVER} as match_weight, mw_{NEVER} < -1 as {NEVER},
                {shared} as shared_weight, {named} as named_weight, {levels}
            from {scored.physical_name} where match_weight - mw_{NEVER} > {HOPELESS}
        """)
        api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    for table in ("some_people", *(f"tf_{column}" for column in frequent_columns(fields))):
        connection.execute(f"drop table {table}")
