"""A made-up programme for the benchmark of the decisions, directly as the tables that these read; DuckDB makes it, in bounded memory.

For a number of requests: three people for ten of them, of whom one in fifty was two before; every trigger asks for three quarters of the
requests together, the audiences for the rest; for a person two messages that went out in the last months, with what was done about them,
three orders, and a word on each consent. The hash of a number decides.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
NOW = "timestamp '2026-06-30 18:30:00'"
PEOPLE_PER_REQUEST = 0.3
ZONES = "['UTC', 'Europe/Berlin', 'Europe/Berlin', 'Europe/Kyiv', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland']"
_BACK = "interval 1 second * (hash(i, {seed}) % (86400 * {days}))::bigint"

TABLES = {
    "profiles.profiles": f"""
        select 'p' || i as profile_id, 'Name' || i as first_name, case when hash(i) % 20 > 0 then 'm' || i // 2 * 2 || hash(i // 2) % 30
                || case when hash(i // 2) % 50 > 0 then '.' || i else '' end || '@example.com' end as email,
            case when hash(i, 1) % 3 > 0 then '+49' || 1000000000 + i end as phone, {ZONES}[(1 + hash(i, 2) % 7)::bigint] as time_zone,
            'DE' as country_code, hash(i, 3) % 40 = 0 as is_email_suppressed, hash(i, 4) % 40 = 0 as is_sms_suppressed,
            (hash(i, 5) % 10000) / 10000 as holdout_bucket, hash(i, 6) % 100 = 0 as has_open_complaint,
            (hash(i, 6) % 100 < 3)::int as open_tickets_count,
            3 as orders_count, 120 as revenue_amount, hash(i, 3) % 40 > 0 as is_email_reachable, true as has_email_consent
        from range({{people}}) as numbers (i)""",
    "profiles.golden_records": """
        select 'p' || i as profile_id, [null, 'email', 'sms'][(1 + hash(i) % 3)::bigint] as preferred_channel
        from range({people}) as numbers (i)""",
    "identity.profile_ids": """
        select 'p' || i as profile_id, 'p' || i as current_profile_id from range({people}) as numbers (i)
        union all select 'old' || i, 'p' || i from range({people}) as numbers (i) where i % 50 = 0""",
    "profiles.consents": f"""
        select 'p' || i // 4 as profile_id, ['email', 'sms'][1 + i % 2] as channel,
            ['marketing', 'transactional'][1 + i // 2 % 2] as purpose,
            hash(i) % 6 > 0 as is_granted, {NOW} - {_BACK.format(seed=1, days=300)} as stated_at, 1 as contacts_count
        from range(4 * {{people}}) as numbers (i) where hash(i, 2) % 5 > 0""",
    "profiles.suppressions": f"""
        select 'p' || i as profile_id, 'email' as channel, 'unsubscribed' as reason, {NOW} - {_BACK.format(seed=1, days=300)} as since_at
        from range({{people}}) as numbers (i) where hash(i, 3) % 40 = 0""",
    "profiles.profile_orders": f"""
        select 'o' || i as order_id, 'p' || i // 3 as profile_id, {NOW} - {_BACK.format(seed=1, days=700)} as ordered_at,
            hash(i) % 10 > 0 as is_paid,
            case when hash(i) % 25 = 1 then {NOW} - {_BACK.format(seed=2, days=100)} end as refunded_at
        from range(3 * {{people}}) as numbers (i)""",
    "staging.stg_feedback__deliveries": f"""
        select md5('sent' || i) as message_id, 'cart_abandoned' as campaign, 'p' || i // 2 as profile_id,
            case when hash(i, 3) % 5 = 0 then 'sms' else 'email' end as channel, 'klaviyo' as destination,
            case when hash(i, 4) % 50 = 0 then 'rejected' else 'accepted' end as status,
            since as claimed_at, since as finished_at, since as updated_at
        from (select i, {NOW} - {_BACK.format(seed=5, days=30)} as since from range(2 * {{people}}) as numbers (i))""",
    "staging.stg_feedback__engagements": f"""
        select 'e' || i as event_id, 'klaviyo' as destination, case when hash(i // 2, 3) % 5 = 0 then 'sms' else 'email' end as channel,
            ['delivered', 'opened', 'clicked', 'bounced', 'delivered', 'opened'][(1 + hash(i) % 6)::bigint] as status,
            md5('sent' || i // 2) as message_id,
            hash(i, 6) % 3 = 0 as is_machine, {NOW} - {_BACK.format(seed=5, days=60)} as occurred_at
        from range(4 * {{people}}) as numbers (i)""",
    "profiles.profile_engagements": """
        select message_id || ':sent' as event_id, profile_id, channel, 'sent' as status, message_id, false as is_machine,
            claimed_at as occurred_at
        from staging.stg_feedback__deliveries
        union all
        select event_id, 'p' || substr(event_id, 2)::bigint // 4, channel, status, message_id, is_machine, occurred_at
        from staging.stg_feedback__engagements""",
    "marts.customer_engagement": """
        select 'p' || i // 2 as profile_id, ['email', 'sms'][1 + i % 2] as channel, 4 as sent_90d, (hash(i) % 3)::bigint as clicked_90d
        from range(2 * {people}) as numbers (i)""",
    "scores.predictions": """
        select 'p' || i as profile_id, (hash(i) % 24)::bigint as send_hour, 'Regulars' as persona, 'orders often' as because
        from range({people}) as numbers (i)""",
    "staging.stg_all__products": "select 'i' || i as product_id, (i % 20)::bigint as stock_quantity from range(5000) as numbers (i)",
}
#: One trigger's requests; an audience's are its first columns.
REQUESTS = f"""
    select 'p' || hash(i, {{seed}}) % {{people}} as profile_id, '{{name}}' as campaign, '{{channel}}' as channel, '{{name}}' as message,
        '{{purpose}}' as purpose, {{is_urgent}} as is_urgent, {{is_void}} as is_void_after_order, {{is_void}} as is_void_after_return,
        false as is_void_while_ticket, {NOW} - {_BACK.format(seed=9, days=3)} as occurred_at, 'o' || i as occasion,
        'i' || hash(i) % 5000 as product_id
    from range({{rows}}) as numbers (i)"""


def routing(path: Path) -> dict[str, object]:
    """What the model at `path` says of its campaign."""
    said = re.search(r"campaign\((.*?)\) *}}", path.read_text(), re.DOTALL)
    assert said is not None, f"{path} has no campaign"
    words = dict(re.findall(r"(channel|purpose)='(\w+)'", said[1]))
    return {**words, "is_urgent": "is_urgent=true" in said[1], "is_void": "'order'" in said[1]}


def make(connection: duckdb.DuckDBPyConnection, requests: int) -> None:
    """Fills the tables, which are there and empty; the models that made them as views become tables."""
    people = int(requests * PEOPLE_PER_REQUEST)
    programme = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    triggers, audiences = [name for entry in programme["triggers"] for name in entry], programme["audiences"]
    made = {table: query.format(people=people) for table, query in TABLES.items()}
    for schema, names, share in (("triggers", triggers, 0.75), ("audiences", audiences, 0.25)):
        for number, name in enumerate(names):
            said = routing(next((PROJECT / "models" / schema).rglob(f"{name}.sql")))
            query = REQUESTS.format(seed=number + 1, name=name, people=people, rows=int(requests * share / len(names)), **said)
            made[f"{schema}.{name}"] = query if schema == "triggers" else f"select distinct on (profile_id) * from ({query})"
    for table, query in made.items():
        _fill(connection, table, query)


def _fill(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    schema, name = table.split(".")
    asked = "select table_type from information_schema.tables where table_schema = ? and table_name = ?"
    kind = "view" if connection.execute(asked, [schema, name]).fetchall()[0][0] == "VIEW" else "table"
    connection.execute(f"create temp table made as select * from {table} limit 0")
    connection.execute(f"drop {kind} {table} cascade; create table {table} as from made; drop table made")
    there = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    named = ", ".join(row[0] for row in connection.execute(f"describe ({query})").fetchall() if row[0] in there)
    connection.execute(f"insert into {table} by name select {named} from ({query})")
