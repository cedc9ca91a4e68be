"""What arrived against what usually does, measured over the landed files: rows of a day, missing values, and rows of one table that
another knows nothing of. All is counted by DuckDB; the gate judges a few hundred figures, however large the tables are.

Judged is the last whole day: the one before the newest row's, so that a source that is late by nature is not taken for broken. Of the
weeks before it 8 are looked at. One file, for all its measures share the same days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.zone import Landing, connect, naive, quoted
from orchestration.sources import ga4
from orchestration.sources.table import Reference, Table

WEEKS = 8
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

_ROWS = f"""
    with judged as (select * from bounds),
    weeks as (
        select judged.table_name, judged.judged_date, coalesce(days.row_count, 0) as row_count
        from judged
        cross join (select range + 1 as week from range({WEEKS})) as weeks
        left join days on days.table_name = judged.table_name and days.day = judged.judged_date - 7 * weeks.week::integer
        where judged.judged_date - 7 * weeks.week::integer >= judged.first_date
    ),
    middles as (
        select table_name, judged_date, median(row_count) as usual, min(row_count) as lowest, mad(row_count) as distance, count(*) as known
        from weeks group by all
    ),
    -- how the other tables did on the same day, against their own usual
    shares as (
        select judged.table_name, judged.judged_date, other.table_name as other_name,
            any_value(other.row_count) filter (other.day = judged.judged_date) as row_count,
            median(coalesce(other.row_count, 0)) filter (other.day < judged.judged_date) as usual
        from judged
        inner join bounds on bounds.table_name <> judged.table_name and bounds.newest_date > judged.judged_date
        inner join days as other on other.table_name = bounds.table_name
            and other.day <= judged.judged_date and (judged.judged_date - other.day) % 7 = 0
        group by all
    ),
    others as (
        select table_name, median(coalesce(row_count, 0) / usual) as others_share, count(*) as others_count
        from shares where usual >= 20 group by all
    )
    select
        judged.table_name || ': rows' as subject, 'rows' as measure, judged.table_name, judged.judged_date,
        coalesce(days.row_count, 0) as cases_count, coalesce(days.row_count, 0) as value,
        middles.usual as usual_cases_count, middles.usual as usual_value,
        (value - middles.usual) / greatest(1.4826 * middles.distance, sqrt(middles.usual), 0.1 * middles.usual, 1) as spreads_away,
        value / nullif(middles.lowest, 0) as share_of_lowest,
        coalesce(middles.known, 0) as weeks_known,
        coalesce(others.others_share, 1) as others_share, coalesce(others.others_count, 0) as others_count,
        judged.table_name || ' on ' || judged.judged_date || ': ' || value || ' rows, usually ' || coalesce(round(middles.usual)::bigint, 0)
            || ' on that weekday' as finding
    from judged
    left join days on days.table_name = judged.table_name and days.day = judged.judged_date
    left join middles on middles.table_name = judged.table_name
    left join others on others.table_name = judged.table_name
"""


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
        named = {table.raw_name: table for table in tables if _day(table)}
        windows: dict[str, date] = {}
        for table in named.values():
            landing.declare(table)
            judged = _bounds(connection, landing, table, last_day)
            if judged is not None:
                windows[table.raw_name] = judged
        for name, judged in windows.items():
            _count_missing(connection, landing, named[name], judged)
            for reference in named[name].refers_to:
                parent = named.get(f"{named[name].source}_{reference.table}")
                if parent is not None:
                    _count_unknown(connection, landing, named[name], reference, parent, judged)
        connection.execute(f"insert into measured by name {_ROWS}")
        _compare_purchases(connection, landing, [named[name] for name in windows])
        return _settled(connection, landing, accepted)


def land_arrivals(landing: Landing, frame: pd.DataFrame) -> None:
    """Hands the measures over, in the place of the last ones."""
    with landing.writing(ARRIVALS, "latest.parquet") as unfinished:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), unfinished)


def _day(table: Table) -> str:
    """The day on which a row's thing happened, as SQL; "" where a row has no such day."""
    if table is ga4.EVENTS:
        return "cast(try_strptime(event_date, '%Y%m%d') as date)"
    return f'cast("{table.event_time}" as date)' if table.event_time in table.column_names else ""


def _within(table: Table, first: date, last: date) -> str:
    """Which rows are of these days (both included), so that files and parts of files without them are not read."""
    if table is ga4.EVENTS:
        return f"event_date between '{first:%Y%m%d}' and '{last:%Y%m%d}'"
    return f""""{table.event_time}" >= timestamp '{first}' and "{table.event_time}" < timestamp '{last + timedelta(days=1)}'"""


def _bounds(connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, last_day: date) -> date | None:
    """Notes the first and the newest day of a table, and counts its rows by day; the day to judge, `None` where there is none."""
    scan, day, known = landing.scan(table), _day(table), _within(table, date(1990, 1, 1), last_day)
    ((first, newest),) = connection.execute(f"select min({day}), max({day}) from {scan} where {known}").fetchall()
    if newest is None or (last_day - newest).days > SILENT_DAYS:
        return None
    judged: date = newest - timedelta(days=1)
    # where a row's day moves with every change of it, its day says nothing about how much came
    if table.event_time != table.watermark or not table.changes:
        connection.execute("insert into bounds values (?, ?, ?, ?)", [table.raw_name, first, newest, judged])
        rows = "count(*)" if not table.changes else f"count(distinct {_key(table)})"
        window = _within(table, judged - timedelta(weeks=WEEKS), judged)
        connection.execute(f"insert into days select {quoted(table.raw_name)}, {day}, {rows} from {scan} where {window} group by all")
    return judged


def _key(table: Table) -> str:
    return f'"{table.key[0]}"' if len(table.key) == 1 else f"({', '.join(table.key)})"


def _split(table: Table, judged: date) -> tuple[str, str]:
    """Which rows are of the week up to the day that is judged, and which of the 8 weeks up to it, as SQL."""
    week = judged - timedelta(days=6)
    return _within(table, week, judged), _within(table, week - timedelta(weeks=WEEKS), judged)


def _measure(connection: duckdb.DuckDBPyConnection, table: Table, judged: date, measure: str, subject: str, said: str, rows: str) -> None:
    """Adds a measure of `rows`, a query for (is_recent, is_odd, row_count). said: what is odd, in a finding."""
    connection.execute(f"""
        insert into measured by name
        with counted as (
            select
                coalesce(sum(row_count) filter (is_recent), 0) as cases_count,
                sum(row_count) filter (is_recent and is_odd) / nullif(cases_count, 0) as value,
                coalesce(sum(row_count) filter (not is_recent), 0) as usual_cases_count,
                sum(row_count) filter (not is_recent and is_odd) / nullif(usual_cases_count, 0) as usual_value
            from ({rows})
        )
        select {quoted(subject)} as subject, '{measure}' as measure, {quoted(table.raw_name)} as table_name, date '{judged}' as judged_date,
            cases_count, coalesce(value, 0) as value, usual_cases_count, coalesce(usual_value, 0) as usual_value,
            {quoted(subject)} || ', week to {judged}: ' || round(100 * coalesce(value, 0))::bigint || ' % {said}, usually '
                || round(100 * coalesce(usual_value, 0))::bigint || ' %' as finding
        from counted where cases_count > 0 and not ('{measure}' = 'missing' and value = 1 and usual_value = 1)
    """)


def _count_missing(connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, judged: date) -> None:
    """The share of rows without a value, of the columns that may lack one. Times are left out: of a young row they are still to come."""
    recent, window = _split(table, judged)
    optional = [column.name for column in table.columns if not column.required and column.type not in ("TIMESTAMP", "DATE")]
    names = ["user_pseudo_id", "user_id"] if table is ga4.EVENTS else optional
    if not names:
        return
    sums = ", ".join(f"""count(nullif(cast("{name}" as varchar), '')) as filled_{place}""" for place, name in enumerate(names))
    connection.execute(
        "create or replace temp table filled as"
        f" select {recent} as is_recent, count(*) as row_count, {sums} from {landing.scan(table)} where {window} group by all"
    )
    for place, name in enumerate(names):
        rows = (
            f"select is_recent, true as is_odd, row_count - filled_{place} as row_count from filled"
            f" union all select is_recent, false, filled_{place} from filled"
        )
        _measure(connection, table, judged, "missing", f"{table.raw_name}.{name}", "missing", rows)


def _count_unknown(
    connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, reference: Reference, parent: Table, judged: date
) -> None:
    """The share of rows that name no row of the other table; where each of its rows should be named, the share of those that are not."""
    (key,) = parent.key
    recent, window = _split(table, judged)
    column, there, here = f'"{reference.column}"', landing.scan(parent), landing.scan(table)
    connection.execute(f"""
        create or replace temp table naming as
        select {recent} as is_recent, {column} as named, count(*) as row_count from {here} where {window} and {column} <> '' group by all
    """)
    known = f'select distinct "{key}" as known from {there} where "{key}" in (select named from naming)'
    rows = f"select is_recent, known is null as is_odd, row_count from naming left join ({known}) on named = known"
    subject = f"{table.raw_name}.{reference.column} in {parent.raw_name}"
    _measure(connection, table, judged, "unknown", subject, "are unknown there", rows)
    if reference.whole:
        recent, window = _split(parent, judged)
        connection.execute(f"""
            create or replace temp table wanted as
            select distinct {recent} as is_recent, "{key}" as wanted from {there} where {window}
        """)
        named = f"select distinct {column} as named from {here} where {column} in (select wanted from wanted)"
        joined = f"wanted left join ({named}) on wanted = named"
        rows = f"select is_recent, named is null as is_odd, count(*) as row_count from {joined} group by all"
        subject = f"{parent.raw_name} in {table.raw_name}"
        _measure(connection, parent, judged, "unnamed", subject, "are not there", rows)


def _compare_purchases(connection: duckdb.DuckDBPyConnection, landing: Landing, tables: Iterable[Table]) -> None:
    """For each table of orders, the purchases that GA4 saw for each order of the last day that both know, against the weeks before."""
    of_name = {table.raw_name: table for table in tables}
    if ga4.EVENTS.raw_name not in of_name:
        return
    for orders in (table for table in of_name.values() if table.name == "orders"):
        ((judged,),) = connection.execute(
            "select min(judged_date) from bounds where table_name in (?, ?)", [orders.raw_name, ga4.EVENTS.raw_name]
        ).fetchall()
        first = judged - timedelta(weeks=WEEKS)
        connection.execute(f"""
            insert into measured by name
            with purchases as (
                select {_day(ga4.EVENTS)} as day,
                    count(distinct coalesce(nullif(ecommerce.transaction_id, '(not set)'), cast(event_timestamp as varchar)))
                        as purchase_count
                from {landing.scan(ga4.EVENTS)}
                where event_name = 'purchase' and {_within(ga4.EVENTS, first, judged)} group by all
            ),
            counted as (
                select
                    sum(row_count) filter (days.day = date '{judged}') as orders_count,
                    sum(purchase_count) filter (days.day = date '{judged}') as purchases_count,
                    sum(row_count) filter (days.day < date '{judged}') as usual_orders_count,
                    sum(purchase_count) filter (days.day < date '{judged}') as usual_purchases_count
                from days left join purchases using (day)
                where table_name = {quoted(orders.raw_name)} and days.day >= (select min(day) from purchases)
            )
            select 'ga4_events purchases in {orders.raw_name}' as subject, 'purchases' as measure, '{orders.raw_name}' as table_name,
                date '{judged}' as judged_date, coalesce(orders_count, 0) + coalesce(purchases_count, 0) as cases_count,
                coalesce(purchases_count, 0) / greatest(coalesce(orders_count, 0), 1) as value,
                usual_orders_count as usual_cases_count, usual_purchases_count / usual_orders_count as usual_value,
                '{orders.raw_name} on {judged}: ' || coalesce(purchases_count, 0) || ' purchases in ga4_events for '
                    || coalesce(orders_count, 0) || ' orders, usually ' || round(usual_value, 2) || ' for each' as finding
            from counted where usual_purchases_count > 0
        """)


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
