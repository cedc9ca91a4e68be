"""The whole way from records to decided pairs, in one file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable

import duckdb
import pyarrow as pa

from matching.beliefs import Belief
from matching.blocking import write_pairs
from matching.comparisons import FIELDS, FIRST_NAME, Field
from matching.contradictions import CONTRADICTED, MAY_STAND_FOR_EITHER, OTHER_FIRST_NAME, SAYS
from matching.decisions import CONTRADICTED as CONTRADICTED_DECISION
from matching.decisions import REVIEW, Settings, decide
from matching.frequencies import write_frequencies
from matching.households import personal_evidence, weigh_households
from matching.names import variants_of
from matching.people import prepare_people
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


#: So many pairs are scored at once: what Splink writes beside each is wide.
PAIRS_AT_ONCE = 750_000
#: Up to so many records a person's own ones weigh in how common a value is, value by value.
SMALL_FILE = 50_000


def _score_in_parts(connection: duckdb.DuckDBPyConnection, pairs: str, into: str, fields: list[Field], belief: Belief) -> None:
    """Writes `into` as `score` does, less the pairs that are hopeless."""
    count = connection.sql(f"select count(*) from {pairs}").fetchall()[0][0]
    connection.execute(f"drop table if exists {into}")
    for start in range(0, max(count, 1), PAIRS_AT_ONCE):
        some = f"select * from {pairs} where rowid between {start} and {start + PAIRS_AT_ONCE - 1}"
        connection.execute(f"create or replace table some_pairs as {some}")
        score(connection, "some_pairs", "some_scored", fields, belief.levels, belief.prior)
        kept = "select * from some_scored where match_weight > -8 order by all"
        connection.execute(f"insert into {into} {kept}" if start else f"create table {into} as {kept}")
    connection.execute("drop table some_pairs; drop table some_scored")


def _score_twice(connection: duckdb.DuckDBPyConnection, fields: list[Field], belief: Belief) -> None:
    """Writes `scored`: the pairs that are worth a decision, with the frequencies of values among other people."""
    if connection.sql("select count(*) from people").fetchall()[0][0] > SMALL_FILE:
        _score_in_parts(connection, "pairs", "scored", fields, belief)
        weigh_households(connection, fields, belief.prior)
        return
    _score_in_parts(connection, "pairs", "scored_once", fields, belief)
    write_frequencies(connection, belief, fields, "scored_once")
    connection.execute("""
        create or replace table promising as
        select unique_id_l as join_key_l, unique_id_r as join_key_r, 0 as match_key from scored_once order by all
    """)
    connection.execute("drop table scored_once; drop table pairs")
    _score_in_parts(connection, "promising", "scored", fields, belief)
    weigh_households(connection, fields, belief.prior)


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
        connection.execute("create table records as select * from given order by record_key")
        connection.unregister("given")
        prepare_people(connection, variants_of(variants))
        write_pairs(connection)
        fields = said_fields(connection)
        if not fields or not connection.sql("select count(*) from pairs").fetchall()[0][0]:
            return SCHEMA.empty_table()
        belief = train(connection, fields)
        _score_twice(connection, fields, belief)
        return _decided(connection, fields, settings)


def _who_tells(connection: duckdb.DuckDBPyConnection, fields: list[Field]) -> Callable[[int, int, tuple[int, int]], bool]:
    """Whether a record says of itself what two others contradict each other in (see decisions.ambiguous)."""
    says = [{person for (person,) in connection.sql(f"select unique_id from people where {sql}").fetchall()} for sql in SAYS]
    vague: set[tuple[int, int]] = set()
    if FIRST_NAME in fields:
        places = [place for place, level in enumerate(FIRST_NAME.levels) if level.label in MAY_STAND_FOR_EITHER]
        among = ", ".join(str(place) for place in places)
        vague = set(connection.sql(f"select unique_id_l, unique_id_r from scored where first_name in ({among})").fetchall())

    def tells(kind: int, person: int, pair: tuple[int, int]) -> bool:
        return person in says[kind] and not (CONTRADICTED[kind][0] == OTHER_FIRST_NAME and pair in vague)

    return tells


def _decided(connection: duckdb.DuckDBPyConnection, fields: list[Field], settings: Settings) -> pa.Table:
    least = f"1 / (1 + pow(2, -match_weight)) >= {settings.review}"
    rows = connection.sql(f"""
        select unique_id_l, unique_id_r, match_weight, {personal_evidence(fields)}
        from scored where {least} and not {NEVER} order by all
    """).fetchall()
    weights = {(left, right): weight for left, right, weight, _ in rows}
    impersonal = {(left, right) for left, right, _, is_personal in rows if not is_personal}
    said = decide(connection, weights, settings, _who_tells(connection, fields), impersonal)
    pairs = list(said)
    connection.register(
        "said",
        pa.table(
            {
                "left_id": pa.array([pair[0] for pair in pairs], pa.int64()),
                "right_id": pa.array([pair[1] for pair in pairs], pa.int64()),
                "decision": pa.array([said[pair][0] for pair in pairs], pa.string()),
                "against": pa.array([said[pair][1] for pair in pairs], pa.string()),
            }
        ),
    )
    against = " ".join(f"when {sql} then '{label}'" for label, sql in CONTRADICTED)
    found = connection.sql(f"""
        with lefts as (select columns(*) as '\\0_l' from people), rights as (select columns(*) as '\\0_r' from people)
        select
            lefts.record_key_l as left_key,
            rights.record_key_r as right_key,
            case when {NEVER} then 0 else 1 / (1 + pow(2, -match_weight)) end as match_probability,
            match_weight,
            coalesce(said.decision, case when {NEVER} then '{CONTRADICTED_DECISION}' else '{REVIEW}' end) as decision,
            concat_ws(': ', nullif(coalesce(said.against, case {against} end), ''), {_in_words(fields)}) as reason
        from scored
        inner join lefts on scored.unique_id_l = lefts.unique_id_l
        inner join rights on scored.unique_id_r = rights.unique_id_r
        left join said on scored.unique_id_l = said.left_id and scored.unique_id_r = said.right_id
        where {least}
        order by left_key, right_key
    """)
    table: pa.Table = found.to_arrow_table()
    return table.cast(SCHEMA)
