"""What arrived against what usually does, over the landed files: rows of a day, missing values, and rows of one table that another knows
nothing of. All is counted by DuckDB; the gate judges a few hundred figures, however large the tables are.

Judged is the last whole day: the one before the newest row's, so that a source that is late by nature is not taken for broken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.arrivals_counted import ROWS, WEEKS, compare_purchases, count_missing, count_unknown, day_of, within
from orchestration.landing.zone import Landing, connect, naive, quoted
from orchestration.sources.table import Table

#: A table that is silent for so many days is not judged by its days any more: its age is told elsewhere (freshness).
SILENT_DAYS = 14

ARRIVALS = Table(
    "arrivals",
    "measures",
    key=("subject",),
    event_time="judged_date",
    watermark=None,
    stamped=False,
    definition=(
        "subject VARCHAR, measure VARCHAR, table_name VARCHAR, judged_date DATE, cases_count BIGINT, value DOUBLE, "
        "usual_cases_count DOUBLE, usual_value DOUBLE, share_of_usual DOUBLE, rise DOUBLE, spreads_away DOUBLE, "
        "share_of_lowest DOUBLE, weeks_known BIGINT, others_share DOUBLE, others_count BIGINT, can_block BOOLEAN, "
        "is_accepted BOOLEAN, finding VARCHAR"
    ),
)


def arrivals_frame(landing: Landing, tables: Iterable[Table], as_of: datetime, accepted: Collection[str] = ()) -> pd.DataFrame:
    """One row per measure, with the columns of ARRIVALS. A table's first landing can block nothing, nor can a table that a person accepts
    (its name in raw) for the day that is judged: that is remembered in what landed here last.
    """
    landing.declare(ARRIVALS)
    with connect() as connection:
        connection.execute("create temp table bounds (table_name varchar, first_date date, newest_date date, judged_date date)")
        connection.execute("create temp table days (table_name varchar, day date, row_count bigint)")
        connection.execute(f"create temp table measured ({ARRIVALS.definition})")
        last_day = naive(as_of).date()
        named = {table.raw_name: table for table in tables if day_of(table)}
        windows: dict[str, date] = {}
        for table in named.values():
            landing.declare(table)
            judged = _bounds(connection, landing, table, last_day)
            if judged is not None:
                windows[table.raw_name] = judged
        for name, judged in windows.items():
            count_missing(connection, landing, named[name], judged)
            for reference in named[name].refers_to:
                parent = named.get(f"{named[name].source}_{reference.table}")
                if parent is not None:
                    count_unknown(connection, landing, named[name], reference, parent, judged)
        connection.execute(f"insert into measured by name {ROWS}")
        compare_purchases(connection, landing, [named[name] for name in windows])
        return _settled(connection, landing, accepted)


def land_arrivals(landing: Landing, frame: pd.DataFrame) -> None:
    """Hands the measures over, in the place of the last ones."""
    with landing.writing(ARRIVALS, "latest.parquet") as unfinished:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), unfinished)


def _bounds(connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, last_day: date) -> date | None:
    """Notes the first and the newest day of a table, and counts its rows by day; the day to judge, `None` where there is none."""
    scan, day, known = landing.scan(table), day_of(table), within(table, date(1990, 1, 1), last_day)
    ((first, newest),) = connection.execute(f"select min({day}), max({day}) from {scan} where {known}").fetchall()
    if newest is None or (last_day - newest).days > SILENT_DAYS:
        return None
    judged: date = newest - timedelta(days=1)
    # where a row's day moves with every change of it, its day says nothing about how much came
    if table.event_time != table.watermark or not table.changes:
        connection.execute("insert into bounds values (?, ?, ?, ?)", [table.raw_name, first, newest, judged])
        rows = "count(*)" if not table.changes else f"count(distinct {_key(table)})"
        window = within(table, judged - timedelta(weeks=WEEKS), judged)
        connection.execute(f"insert into days select {quoted(table.raw_name)}, {day}, {rows} from {scan} where {window} group by all")
    return judged


def _key(table: Table) -> str:
    return f'"{table.key[0]}"' if len(table.key) == 1 else f"({', '.join(table.key)})"


def _settled(connection: duckdb.DuckDBPyConnection, landing: Landing, accepted: Collection[str]) -> pd.DataFrame:
    """The measures with what follows from earlier ones: which tables were known before, and what a person has accepted."""
    names = ", ".join(quoted(name) for name in accepted) or "''"
    frame: pd.DataFrame = connection.execute(f"""
        with before as (select * from {landing.scan(ARRIVALS)}),
        settled as (
            select measured.* exclude (is_accepted, can_block),
                measured.table_name in ({names}) or coalesce(before.is_accepted, false) as is_accepted,
                measured.table_name in (select table_name from before) as is_known
            from measured
            left join before on before.subject = measured.subject and before.judged_date = measured.judged_date
        )
        select
            * exclude (is_known) replace (value / nullif(usual_value, 0) as share_of_usual, value - usual_value as rise),
            is_known and not is_accepted as can_block
        from settled order by table_name, subject
    """).df()
    return frame
