"""How long it takes to see what came of it all: `python -m benchmarks.proof [--people 1000000]`.

Makes up the tables that the stage `proof` reads, in DuckDB and in bounded memory: for a person five orders over two years, 20 messages,
half of them opened and a fifth clicked, and 20 assignments to the control groups of 50 campaigns; one person in fifty was two before. Then
runs the whole stage in a process of its own. With --check the same for a tenth of the people before, for how time grows with size.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import duckdb

from benchmarks.dbt_runs import Ran, dbt, told
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

AS_OF = "2026-06-30 09:00:00"
NOW = f"timestamp '{AS_OF}'"
CAMPAIGNS, ORDERS, MESSAGES, ASSIGNMENTS = 50, 5, 20, 20
#: The stage but for its alerts, which are about runs and not about people.
MODELS = (
    "attributed_orders", "message_results", "campaign_days", "scenario_steps", "int_past_units_matched", "int_metrics_asked",
    "int_subjects_drawn", "int_controls_reached", "subjects", "int_outcomes_measured", "int_cells_summed", "arms", "int_credits_summed",
    "effects", "campaign_results",
)  # fmt: skip
SETTINGS = {"threads": 2, "memory_limit": "4GB", "preserve_insertion_order": False, "force_compression": "uncompressed"}
_BACK = "interval 1 second * (hash(i, {seed}) % (86400 * {days}))::bigint"

TABLES = {
    "identity.profile_ids": """
        select 'p_' || i as profile_id, 'p_' || i as current_profile_id, i as component_key from range({people}) as numbers (i)
        union all select 'p_old' || i, 'p_' || i, i from range({people}) as numbers (i) where i % 50 = 0""",
    "identity.identifiers": """
        select 'email' as identifier_type, 'm' || i || '@example.com' as identifier_value, 'p_' || i as profile_id, false as is_shared
        from range({people}) as numbers (i)""",
    "profiles.addresses": """
        select 'p_' || i as profile_id, 'email' as channel, 'm' || case when i % 50 = 1 then i - 1 else i end || '@example.com' as address,
            i % 50 < 2 as is_shared, true as is_main
        from range({people}) as numbers (i)""",
    "marts.orders": f"""
        select 'o' || i as order_id, 'p_' || i % {{people}} as profile_id, {NOW} - {_BACK.format(seed=1, days=730)} as ordered_at,
            hash(i) % 20 > 0 as is_paid, (10 + hash(i) % 90)::decimal(18, 4) as net_amount
        from range({ORDERS} * {{people}}) as numbers (i)""",
    "marts.messages_sent": f"""
        select md5('m' || i) as message_id, 'c' || hash(i, 2) % {CAMPAIGNS} as campaign, 'p_' || i % {{people}} as profile_id,
            case when hash(i) % 5 = 0 then 'sms' else 'email' end as channel, 'klaviyo' as destination, since as sent_at,
            since + interval 1 minute as delivered_at, case when hash(i) % 2 = 0 then since + interval 1 hour end as opened_at,
            case when hash(i) % 3 = 0 then since + interval 1 minute end as machine_opened_at,
            case when hash(i) % 10 in (0, 2) then since + interval 1 hour end as clicked_at, null::timestamp as machine_clicked_at,
            null::timestamp as bounced_at, null::timestamp as unsubscribed_at, null::timestamp as complained_at
        from (select i, {NOW} - interval 1 hour - {_BACK.format(seed=3, days=365)} as since
            from range({MESSAGES} * {{people}}) as numbers (i))""",
    "staging.stg_feedback__engagements": """
        select message_id, 'opened' as status, false as is_machine, opened_at as occurred_at, null::varchar as address
        from marts.messages_sent where opened_at is not null
        union all select message_id, 'clicked', false, clicked_at, null from marts.messages_sent where clicked_at is not null""",
    "decisions.decision_history": f"""
        select message_id, 'allowed' as outcome, 'c0:words' as experiment, case when hash(message_id) % 2 = 0 then 'usual' else 'short' end
            as variant, sent_at as decided_at
        from marts.messages_sent where campaign = 'c{CAMPAIGNS - 1}'""",
    "decisions.experiments": f"""
        select case when i < {CAMPAIGNS} then 'holdout:c' || i else 'holdout' end as experiment, 'ordered' as metric, 30 as outcome_days,
            null::varchar as guardrails
        from range({CAMPAIGNS} + 1) as numbers (i)
        union all select 'c0:words', 'clicked', 7, 'unsubscribed,complained'""",
    # of every person a row for all, and the others for so many campaigns of their own
    "decisions.assignments": f"""
        select case when j = 0 then 'holdout' else 'holdout:c' || campaign end as experiment, 'test' as phase,
            case when j % 2 = 0 and i % 50 = 0 then 'p_old' else 'p_' end || i as profile_id,
            case when bucket < 0.05 then 'control' else 'treated' end as arm, bucket < 0.05 as is_control, bucket,
            {NOW} - interval 1 second * (hash(i, j) % (86400 * 365))::bigint as assigned_at,
            'c' || campaign as campaign, 'email' as channel, 1 as ids_count
        from (select i, j, (i + j * 7) % {CAMPAIGNS} as campaign, (hash(i, j, 5) % 10000) / 10000.0 as bucket
            from range({{people}}) as people (i), range({ASSIGNMENTS}) as numbers (j))
        union all
        select 'c0:words', 'test', 'p_' || i, case when hash(i) % 2 = 0 then 'usual' else 'short' end, hash(i) % 2 = 0, 0.5,
            {NOW} - {_BACK.format(seed=9, days=100)}, 'c0', 'email', 1
        from range({{people}} // 2) as numbers (i)""",
    "marts.rfm_history": f"""
        select 'p_' || i as profile_id, (date_trunc('month', {NOW}) - interval 1 month * j)::date as month,
            'segment' || hash(i, j) % 11 as segment
        from range({{people}}) as people (i), range(14) as numbers (j)""",
    "marts.lifecycle_changes": f"""
        select 'p_' || i % {{people}} as profile_id, {NOW} - {_BACK.format(seed=4, days=730)} as changed_at,
            ['new', 'active', 'cooling', 'at_risk', 'lapsed'][(1 + hash(i) % 5)::bigint] as to_stage
        from range(4 * {{people}}) as numbers (i)""",
    "staging.stg_experiments__units": """
        select 'past:letters' as experiment, 'u' || i as unit_id, case when i % 2 = 0 then 'none' else 'letter' end as arm,
            i % 2 = 0 as is_control, timestamp '2025-01-01' as assigned_at, 'men' as segment, 'email_sha256' as profile_key_type,
            sha256('m' || i || '@example.com') as profile_key, 14 as outcome_days
        from range(64000) as numbers (i)""",
    "staging.stg_experiments__outcomes": """
        select 'past:letters' as experiment, 'u' || i as unit_id, 'visit' as metric, 1.0 as value, 0.0 as covariate
        from range(64000) as numbers (i) where i % 3 = 0""",
    "staging.stg_experiments__effects": "select * from raw.experiments_effects",
}


def make(folder: Path, people: int) -> None:
    """The warehouse with the made-up tables."""
    Landing(folder / "landing").declare(*LANDED.values())
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        connection.execute("create schema if not exists raw")
        path = folder / "landing" / "experiments" / "effects" / "*.parquet"
        connection.execute(f"create or replace view raw.experiments_effects as select * from read_parquet('{path}')")
        for table, query in TABLES.items():
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} as {query.format(people=people)}")


def run(folder: Path, people: int) -> Ran:
    """Makes the warehouse and runs the stage; prints what it took."""
    make(folder, people)
    ran = dbt(folder, "run", "--select", *MODELS, as_of=AS_OF)
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS, read_only=True) as connection:
        subjects, arms, credits = (
            connection.execute(f"select count(*) from proof.{name}").fetchall()[0][0] for name in ("subjects", "arms", "attributed_orders")
        )
    told(f"proof for {people:,} people: {subjects:,} subjects, {arms:,} rows of arms, {credits:,} orders put down to messages", ran)
    return ran


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--check", action="store_true", help="also with a tenth of the people")
    options.add_argument("--folder", type=Path, help="make the warehouse here and keep it; default: a temporary folder")
    given = options.parse_args()
    sizes = [given.people // 10, given.people] if given.check else [given.people]
    took = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = (given.folder or Path(scratch)).resolve() / str(size)
            folder.mkdir(parents=True)
            took.append(run(folder, size).seconds)
    if given.check:
        print(f"\n  ten times the people take {took[1] / took[0]:.1f} times as long")


if __name__ == "__main__":
    main()
