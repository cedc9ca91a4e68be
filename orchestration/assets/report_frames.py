"""What the report is made of: each frame with its query, and the tables and columns of the warehouse that it needs.

Counts alone: no row of these frames is about one person. A frame whose table is not there, or lacks a column, is empty, and is named.
One file, because it is one list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd


@dataclass(frozen=True)
class Asked:
    """query: with $as_of (naive UTC); needs: `schema.table` to the columns that the query reads."""

    query: str
    needs: Mapping[str, str]


_STEPS = "sessions_count view_sessions cart_sessions checkout_sessions purchase_sessions"
_SUMS = ", ".join(f"cast(sum({step}) as bigint) as {step}" for step in _STEPS.split())

FRAMES: dict[str, Asked] = {
    "metric_definitions": Asked(
        "select metric, label, description, unit, better, place from marts.metric_definitions",
        {"marts.metric_definitions": "metric label description unit better place"},
    ),
    # the last whole periods of each kind: months, and for a shop younger than that weeks and days
    "metrics": Asked(
        """
        select metric, period_type, period_start, cast(value as double) as value, is_complete from marts.metrics
        where is_complete
        qualify row_number() over (partition by metric, period_type order by period_start desc) <= 13
        """,
        {"marts.metrics": "metric period_type period_start value is_complete"},
    ),
    "metric_alerts": Asked(
        "select severity, sentence from marts.metric_alerts",
        {"marts.metric_alerts": "severity sentence"},
    ),
    "rfm": Asked(
        """
        select r_score, f_score, coalesce(segment, 'unknown') as segment, count(*) as customers_count,
            cast(sum(revenue_amount) as double) as revenue_amount,
            sum(r_score + f_score + m_score) as scores_sum
        from marts.rfm group by all
        """,
        {"marts.rfm": "r_score f_score m_score segment revenue_amount"},
    ),
    # as it was at the end of the last month that is over
    "rfm_history": Asked(
        """
        select month, coalesce(segment, 'unknown') as segment, count(*) as customers_count from marts.rfm_history
        where month = (select max(month) from marts.rfm_history where month + interval '1' month <= $as_of)
        group by all
        """,
        {"marts.rfm_history": "month segment"},
    ),
    "rfm_moves": Asked(
        """
        select month, from_segment, to_segment, customers_count from marts.rfm_moves
        where month = (select max(month) from marts.rfm_moves where month + interval '1' month <= $as_of)
        """,
        {"marts.rfm_moves": "month from_segment to_segment customers_count"},
    ),
    "cohorts": Asked(
        """
        select cohort_type, coalesce(cohort, 'unknown') as cohort, cohort_month, months_since, customers_count,
            active_customers_count, retention,
            cast(cumulative_revenue_amount as double) as cumulative_revenue_amount, is_complete
        from marts.cohorts
        """,
        {
            "marts.cohorts": "cohort_type cohort cohort_month months_since customers_count active_customers_count retention"
            " cumulative_revenue_amount is_complete"
        },
    ),
    "funnels": Asked(
        f"""
        select case when session_date >= cast($as_of as date) - 28 then 'now' else 'before' end as stretch,
            coalesce(channel, 'unknown') as channel, coalesce(device_category, 'unknown') as device_category, {_SUMS}
        from marts.funnels
        where session_date >= cast($as_of as date) - 56 and session_date < cast($as_of as date)
        group by all
        """,
        {"marts.funnels": f"session_date channel device_category {_STEPS}"},
    ),
    "lifecycle": Asked(
        "select coalesce(stage, 'unknown') as stage, journey_stage, count(*) as people_count from marts.lifecycle group by all",
        {"marts.lifecycle": "profile_id stage journey_stage"},
    ),
    # of each person the stage before the first change of the last 30 days, and that after the last
    "lifecycle_moves": Asked(
        """
        with moved as (
            select arg_min(struct_pack(stage := from_stage), changed_at).stage as from_stage,
                arg_max(struct_pack(stage := to_stage), changed_at).stage as to_stage
            from marts.lifecycle_changes where changed_at > $as_of - interval '30' day and changed_at <= $as_of group by profile_id
        )
        select from_stage, to_stage, count(*) as people_count from moved group by all
        """,
        {"marts.lifecycle_changes": "profile_id changed_at from_stage to_stage"},
    ),
    "interests": Asked(
        """
        select interest_type, interest, count(*) as people_count, cast(sum(evidence_count) as bigint) as evidence_count
        from marts.interests where interest_rank = 1 and interest is not null group by interest_type, interest
        """,
        {"marts.interests": "interest_type interest interest_rank evidence_count"},
    ),
    "reach": Asked(
        "select channel, purpose, people_count, address_count, consent_count, suppressed_count, reachable_count from marts.reach",
        {"marts.reach": "channel purpose people_count address_count consent_count suppressed_count reachable_count"},
    ),
    "messages": Asked(
        """
        select campaign, coalesce(reason, 'goes out') as outcome, count(*) as messages_count
        from decisions.decisions where kind = 'message' group by all
        """,
        {"decisions.decisions": "campaign reason kind"},
    ),
    "drift": Asked(
        "select model, served_at, people_count, expected, observed, is_alarmed, words from scores.drift",
        {"scores.drift": "model served_at people_count expected observed is_alarmed words"},
    ),
    "quarantine": Asked(
        """
        select source || '_' || table_name as table_name, reason, count(*) filter (coalesce(state, 'open') = 'open') as open_count,
            count(*) filter (coalesce(state, 'open') <> 'open') as closed_count
        from raw.quarantine group by all
        """,
        {"raw.quarantine": "source table_name reason state"},
    ),
}


def decided(connection: duckdb.DuckDBPyConnection) -> tuple[Any, str]:
    """When the warehouse last decided (naive UTC; None where it never did), and its currency (`` where nobody ordered)."""
    there = {".".join(row) for row in connection.execute("select table_schema, table_name from information_schema.tables").fetchall()}
    asked = {"decisions.decisions": "max(decided_at)", "marts.orders": "max(currency)"}
    when, currency = (
        connection.execute(f"select {value} from {table}").fetchall()[0][0] if table in there else None for table, value in asked.items()
    )
    return when, str(currency or "")


def read_frames(connection: duckdb.DuckDBPyConnection, as_of: Any) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The frames of the page of what the shop knows, and what was missing in sentences. as_of: naive UTC."""
    frames, missing = read(connection, FRAMES, {"as_of": as_of})
    return frames | _audiences(connection, _columns(connection)), missing


def read(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, Asked], values: Mapping[str, Any]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """These frames, and what was missing in sentences. values: of the parameters that the queries name."""
    there = _columns(connection)
    frames, missing = {}, []
    for name, asked in wanted.items():
        lacking = [
            f"{table}.{column}"
            for table, columns in asked.needs.items()
            for column in columns.split()
            if column not in there.get(table, set())
        ]
        if lacking:
            missing.append(f"{name}: the warehouse has no {', '.join(lacking)}")
            frames[name] = pd.DataFrame()
            continue
        parameters = {key: value for key, value in values.items() if f"${key}" in asked.query}
        # in one order, so that the same warehouse makes the same page
        try:
            frames[name] = connection.execute(f"select * from ({asked.query}) order by all", parameters or None).df()
        except duckdb.IOException:  # a view on landed files, which somebody took away
            missing.append(f"{name}: the landed files that it is read from are gone")
            frames[name] = pd.DataFrame()
    return frames, missing


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The columns of each table or view, by `schema.table`."""
    there: dict[str, set[str]] = {}
    for schema, table, column in connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns"
    ).fetchall():
        there.setdefault(f"{schema}.{table}", set()).add(column)
    return there


def _audiences(connection: duckdb.DuckDBPyConnection, there: Mapping[str, set[str]]) -> dict[str, pd.DataFrame]:
    """Every table of the schema audiences: who belongs to it, who is on the list, and who belongs to two."""
    names = sorted(table.partition(".")[2] for table in there if table.startswith("audiences."))
    if not names or "decisions.memberships" not in there:
        return {"audiences": pd.DataFrame(), "overlaps": pd.DataFrame()}
    members = " union all ".join(f"select distinct '{name}' as audience, profile_id from audiences.\"{name}\"" for name in names)
    listed = "(select audience, count(*) as listed_count from decisions.memberships group by audience) as listed"
    sizes = f"""
        select named.audience, count(members.profile_id) as members_count, coalesce(max(listed.listed_count), 0) as listed_count
        from (select unnest($names) as audience) as named
        left join ({members}) as members on named.audience = members.audience
        left join {listed} on named.audience = listed.audience
        group by named.audience order by all
    """
    overlaps = f"""
        with members as materialized ({members})
        select one.audience, other.audience as other, count(*) as people_count
        from members as one inner join members as other on one.profile_id = other.profile_id and one.audience < other.audience
        group by all order by all
    """
    return {"audiences": connection.execute(sizes, {"names": names}).df(), "overlaps": connection.execute(overlaps).df()}
