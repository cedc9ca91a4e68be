"""Landed tables as frames, for the gates: the columns asked for, and what share of each table was refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from orchestration.landing.entries import OPEN
from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.zone import SCHEMA_FILE, Landing, connect, naive, quoted
from orchestration.sources.table import Table

#: More rows than these a gate does not read one by one: the newest are judged, older ones were when they came.
MOST_ROWS = 1_000_000


def landed_frame(landing: Landing, table: Table, columns: Iterable[str], most: int = MOST_ROWS) -> pd.DataFrame:
    """The columns of what landed of the table last, `most` rows, every version of every row; empty where nothing has."""
    landing.declare(table)
    names = ", ".join(f'"{name}"' for name in columns)
    with connect() as connection:
        read, rows = [landing.folder(table) / SCHEMA_FILE], 0
        for place in reversed(landing.files(table)):
            read.append(place)
            rows += connection.execute(f"select num_rows from parquet_file_metadata({quoted(place)})").fetchall()[0][0]
            if rows >= most:
                break
        files = ", ".join(quoted(place) for place in read)
        scan = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
        frame: pd.DataFrame = connection.execute(f"select {names} from {scan} limit {int(most)}").df()
    return frame


def scores_frame(landing: Landing, table: Table, columns: Iterable[str], as_of: datetime) -> pd.DataFrame:
    """The columns of the latest scores that are not after as_of; of more than MOST_ROWS people the first of them."""
    landing.declare(table)
    names, scan = ", ".join(f'"{name}"' for name in columns), landing.scan(table)
    latest = f"select max(as_of) from {scan} where as_of <= ?"
    with connect() as connection:
        frame: pd.DataFrame = connection.execute(
            f"select {names} from {scan} where as_of = ({latest}) limit {MOST_ROWS}", [naive(as_of)]
        ).df()
    return frame


_SHIFT = """
    with scores as (select *, as_of = (select max(as_of) from days) as is_latest from scored where (select count(*) from days) = 2),
    edges as (select quantile_cont(score, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) as edges from scores where not is_latest),
    counted as (select is_latest, count(*) as people, count(score) as scored, min(as_of) as as_of from scores group by all),
    tenths as (
        select is_latest, len(list_filter(edges, lambda edge: edge < score)) as tenth, count(*) as people
        from scores, edges where score is not null group by all
    ),
    shares as (
        select
            tenth,
            greatest(coalesce(sum(people / scored) filter (is_latest), 0), 1e-4) as now,
            greatest(coalesce(sum(people / scored) filter (not is_latest), 0), 1e-4) as before
        from (select tenth, is_latest, tenths.people, scored from tenths inner join counted using (is_latest)) group by tenth
    )
    select
        'scores of ' || cast(latest.as_of as date) || ' against those of ' || cast(previous.as_of as date) as finding,
        latest.scored as scored_count, previous.scored as previous_scored_count,
        previous.scored / previous.people - latest.scored / latest.people as lost_share,
        (select sum((now - before) * ln(now / before)) from shares) as stability_index
    from counted as latest inner join counted as previous on latest.is_latest and not previous.is_latest
"""


def shift_frame(landing: Landing, table: Table, as_of: datetime) -> pd.DataFrame:
    """How the latest scores differ from those before them; no row where there are none to compare with.

    finding; scored_count, previous_scored_count; lost_share: by how much fewer people have a score (0 to 1); stability_index: the
    population stability index of the scores over tenths of the earlier ones (0: alike, from 0.25 on another distribution).
    """
    landing.declare(table)
    with connect() as connection:
        scores = f"create temp table scored as select as_of, score from {landing.scan(table)} where as_of in (from days)"
        days = f"create temp table days as select distinct as_of from {landing.scan(table)} where as_of <= ? order by as_of desc limit 2"
        connection.execute(days, [naive(as_of)])
        connection.execute(scores)
        frame: pd.DataFrame = connection.execute(_SHIFT).df()
    return frame


def quarantine_frame(landing: Landing, tables: Iterable[Table]) -> pd.DataFrame:
    """One row per table: table_name (in the schema raw), came_rows, quarantined_rows (open ones), quarantined_share (0 to 1)."""
    landing.declare(QUARANTINE)
    rows: list[tuple[str, int, int, float]] = []
    with connect() as connection:
        for table in tables:
            landing.declare(table)
            ((landed, refused),) = connection.execute(
                f"select (select count(*) from {landing.scan(table)}),"
                f" (select count(*) from {landing.scan(QUARANTINE)} where source = ? and table_name = ? and {OPEN} = 'open')",
                [table.source, table.name],
            ).fetchall()
            came = landed + refused
            rows.append((table.raw_name, came, refused, refused / came if came else 0.0))
    return pd.DataFrame(rows, columns=["table_name", "came_rows", "quarantined_rows", "quarantined_share"])
