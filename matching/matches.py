"""The whole way from records to decided pairs, in one file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable

import duckdb
import pyarrow as pa

from matching.beliefs import Belief
from matching.blocking import write_pairs
from matching.comparisons import FIELDS, FIRST_NAME, Field
from matching.contradictions import MAY_STAND_FOR_EITHER, contradictions
from matching.decisions import CONTRADICTED as CONTRADICTED_DECISION
from matching.decisions import REVIEW, Settings, write_decisions
from matching.frequencies import write_frequencies
from matching.households import personal_evidence, weigh_households
from matching.names import variants_of
from matching.people import prepare_people
from matching.promising import write_promising
from matching.splink_model import NEVER, score
from matching.training import train

SCHEMA = pa.schema(
    [
        ("left_key", pa.string()),
        ("right_key", pa.string()),
        ("match_probability", pa.float64()),
        ("match_weight", pa.float64()),
        ("decision", pa.string()),
        ("reason", pa.string()),
    ]
)


def said_fields(connection: duckdb.DuckDBPyConnection) -> list[Field]:
    """The comparisons of which the records say something, and not all the same (of a handful one cannot tell)."""

    def tells(column: str) -> bool:
        return bool(connection.sql(f"select count(distinct {column}) > 1 or count({column}) between 2 and 9 from people").fetchall()[0][0])

    return [field for field in FIELDS if any(tells(column) for column in field.reads)]


#: So many pairs are looked at in one statement: what stands beside each is wide.
PAIRS_AT_ONCE = 750_000
#: A part is taken in stripes: neighbouring pairs share people, and from all over the file, so that every thread has its share.
STRIPE = 10_000
#: Up to so many records a person's own ones weigh in how common a value is, value by value.
SMALL_FILE = 50_000


def _in_parts(connection: duckdb.DuckDBPyConnection, pairs: str, into: str, step: Callable[[str, str], None]) -> None:
    """Writes `into`: what a step writes out of a table of pairs (from, to), a part at a time; in a fixed order."""
    count = connection.sql(f"select count(*) from {pairs}").fetchall()[0][0]
    parts = max(1, -(-count // PAIRS_AT_ONCE))
    connection.execute(f"drop table if exists {into}")
    for part in range(parts):
        some = f"select * from {pairs} where rowid // {STRIPE} % {parts} = {part}"
        connection.execute(f"create or replace table some_pairs as {some}")
        step("some_pairs", "some_found")
        found = "select * from some_found order by all"
        connection.execute(f"insert into {into} {found}" if part else f"create table {into} as {found}")
    connection.execute(f"drop table some_pairs; drop table some_found; drop table {pairs}")


def _write_scored(connection: duckdb.DuckDBPyConnection, fields: list[Field], belief: Belief) -> None:
    """Writes `scored` out of `pairs`: those that are worth a decision, with the frequencies of values among other people."""
    _in_parts(connection, "pairs", "promising", lambda some, found: write_promising(connection, some, found, fields, belief))
    _in_parts(connection, "promising", "scored", lambda some, found: score(connection, some, found, fields, belief))
    if connection.sql("select count(*) from people").fetchall()[0][0] <= SMALL_FILE:
        write_frequencies(connection, belief, fields, "scored")
        connection.execute("""
            create or replace table promising as
            select unique_id_l as join_key_l, unique_id_r as join_key_r, 0 as match_key from scored order by all
        """)
        _in_parts(connection, "promising", "scored", lambda some, found: score(connection, some, found, fields, belief))
    weigh_households(connection, fields, belief)


def _in_words(fields: list[Field]) -> str:
    """SQL: how the two records agree, and what contradicts."""
    said = []
    for field in fields:
        cases = " ".join(f"when {place} then '{level.label}'" for place, level in enumerate(field.levels))
        said.append(f"case scored.{field.name} {cases} end")
    return f"concat_ws('; ', {', '.join(said)})"


def find_matches(records: pa.Table, variants: Iterable[tuple[str, str]], settings: Settings, memory_limit: str = "1200MB") -> pa.Table:
    """Decided pairs (SCHEMA, ordered by keys) among records (record_key and people.FIELDS; keys are unique).

    The answer depends on the records alone, not on their order.
    """
    with (
        tempfile.TemporaryDirectory() as spilled,
        duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": spilled}) as connection,
    ):
        connection.execute("set enable_progress_bar = false")
        connection.register("given", records)
        connection.execute("create table records as select row_number() over (order by record_key) as unique_id, * from given")
        connection.unregister("given")
        prepare_people(connection, variants_of(variants))
        write_pairs(connection)
        fields = said_fields(connection)
        if not fields or not connection.sql("select count(*) from pairs").fetchall()[0][0]:
            return SCHEMA.empty_table()
        belief = train(connection, fields)
        _write_scored(connection, fields, belief)
        return _decided(connection, fields, belief, settings)


def _write_open_pairs(connection: duckdb.DuckDBPyConnection, fields: list[Field], least: str) -> None:
    """Writes what `decisions` reads of `scored`; equal weights are equal, whatever the order in which their parts were added up."""
    vague = [str(place) for place, level in enumerate(FIRST_NAME.levels) if level.label in MAY_STAND_FOR_EITHER]
    connection.execute(f"""
        create or replace table open_pairs as
        select
            unique_id_l as one, unique_id_r as other, round(match_weight, 6) as weight, {personal_evidence(fields)} as is_personal,
            {f"first_name in ({', '.join(vague)})" if FIRST_NAME in fields else "false"} as is_vague
        from scored where {least} and not {NEVER} order by all
    """)


def _decided(connection: duckdb.DuckDBPyConnection, fields: list[Field], belief: Belief, settings: Settings) -> pa.Table:
    least = f"1 / (1 + pow(2, -match_weight)) >= {settings.review}"
    _write_open_pairs(connection, fields, least)
    against = contradictions(belief.forgiven)
    write_decisions(connection, settings, against)
    reasons = " ".join(f"when {sql} then '{label}'" for label, sql in against)
    found = connection.sql(f"""
        with lefts as (select columns(*) as '\\0_l' from people), rights as (select columns(*) as '\\0_r' from people)
        select
            lefts.record_key_l as left_key,
            rights.record_key_r as right_key,
            case when {NEVER} then 0 else 1 / (1 + pow(2, -match_weight)) end as match_probability,
            match_weight,
            coalesce(said.decision, case when {NEVER} then '{CONTRADICTED_DECISION}' else '{REVIEW}' end) as decision,
            concat_ws(': ', nullif(coalesce(said.against, case {reasons} end), ''), {_in_words(fields)}) as reason
        from scored
        inner join lefts on scored.unique_id_l = lefts.unique_id_l
        inner join rights on scored.unique_id_r = rights.unique_id_r
        left join said on scored.unique_id_l = said.one and scored.unique_id_r = said.other
        where {least}
        order by left_key, right_key
    """)
    table: pa.Table = found.to_arrow_table()
    return table.cast(SCHEMA)
