"""How each measure of what arrived is counted: queries over the landed files of the days that are looked at.

A little longer than others, for all measures look at the same days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb

from orchestration.landing.zone import Landing, quoted
from orchestration.sources import ga4
from orchestration.sources.table import Reference, Table

#: Before the day that is judged, so many are looked at.
WEEKS = 8

#: Rows of the day that is judged, for each table of `bounds`, against the same weekday before and the other tables, by `days`.
ROWS = f"""
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


def day_of(table: Table) -> str:
    """The day on which a row's thing happened, as SQL; "" where a row has no such day."""
    if table is ga4.EVENTS:
        return "cast(try_strptime(event_date, '%Y%m%d') as date)"
    return f'cast("{table.event_time}" as date)' if table.event_time in table.column_names else ""


def within(table: Table, first: date, last: date) -> str:
    """Which rows are of these days (both included), so that files and parts of files without them are not read."""
    if table is ga4.EVENTS:
        return f"event_date between '{first:%Y%m%d}' and '{last:%Y%m%d}'"
    return f""""{table.event_time}" >= timestamp '{first}' and "{table.event_time}" < timestamp '{last + timedelta(days=1)}'"""


def _split(table: Table, judged: date) -> tuple[str, str]:
    """Which rows are of the week up to the day that is judged, and which of the 8 weeks up to it, as SQL."""
    week = judged - timedelta(days=6)
    return within(table, week, judged), within(table, week - timedelta(weeks=WEEKS), judged)


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


def count_missing(connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, judged: date) -> None:
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


def count_unknown(
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


def compare_purchases(connection: duckdb.DuckDBPyConnection, landing: Landing, tables: Iterable[Table]) -> None:
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
                select {day_of(ga4.EVENTS)} as day,
                    count(distinct coalesce(nullif(ecommerce.transaction_id, '(not set)'), cast(event_timestamp as varchar)))
                        as purchase_count
                from {landing.scan(ga4.EVENTS)}
                where event_name = 'purchase' and {within(ga4.EVENTS, first, judged)} group by all
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
