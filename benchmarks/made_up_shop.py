"""A made-up shop for the benchmark of the marts, directly as the tables that marts read; DuckDB makes it, in bounded memory.

For a number of people: five orders, ten lines and ten events each on average, a few with very many; orders over two years, visits over the
last four months. The hash of a number decides, so the same number is the same order on every day.
"""

from __future__ import annotations

import duckdb

ORDERS_PER_PERSON, LINES_PER_ORDER, EVENTS_PER_PERSON, EVENTS_PER_VISIT = 5, 2, 10, 5
PRODUCTS = 10_000
YESTERDAY = "timestamp '2026-06-29 23:00:00'"

#: Somebody of the people below {people}: low numbers come far more often.
SOMEBODY = "(({people} - 1) * pow((hash({seed}, {number}) % 1000003) / 1000003.0, 1.7))::bigint"

#: What each table has of the numbers from {low} to below {high}; {days}: over how many days before {until} it happened.
TABLES = {
    "profiles.profiles": """
        select 'p' || i as profile_id, {until} - interval 1 minute * (hash(i) % 1500000)::bigint as first_seen_at, {until} as last_seen_at,
            hash(i) % 20 = 0 as is_business, hash(i) % 3 > 0 as has_email_consent, hash(i) % 3 > 0 as is_email_reachable
        from range({low}, {high}) as numbers (i)""",
    "identity.identifiers": """
        select 'shop_customer_id' as identifier_type, 'a' || i as identifier_value, md5_number('a' || i) as identifier_key,
            'p' || i as profile_id, false as is_shared, {until} as first_seen_at, {until} as last_seen_at
        from range({low}, {high}) as numbers (i)""",
    "identity.device_owners": """
        select 'd' || i as user_pseudo_id, 'p' || i as profile_id, timestamp '2024-01-01' as from_at, timestamp '2028-01-01' as until_at,
            timestamp '2024-01-01' as known_at, timestamp '2027-01-01' as ended_at, false as is_shared
        from range({low}, {high}) as numbers (i) where hash(i) % 10 < 8""",
    "profiles.profile_orders": """
        select 'o' || i as order_id, 'p' || somebody as profile_id, since as ordered_at, since as ingested_at, 'EUR' as currency,
            case when h % 20 = 0 then 'cancelled' when h % 3 = 0 then 'delivered' else 'paid' end as status, h % 20 > 0 as is_paid,
            10 + h % 90 as total_amount, 2 as tax_amount, 3 as shipping_amount, case when h % 5 = 0 then 4 else 0 end as discount_amount,
            case when h % 25 = 1 then 10 else 0 end as refunded_amount, case when h % 25 = 1 then since + interval 5 day end as refunded_at,
            case when h % 20 > 0 then 10 + h % 90 - case when h % 25 = 1 then 10 else 0 end else 0 end as net_amount,
            'EUR' as order_currency, 10 + h % 90 as order_total_amount, 1 as exchange_rate, h % 25 = 1 and h % 90 = 0 as is_refunded,
            case when h % 25 = 1 then 1 else 0 end as refund_lines_count, case when h % 25 = 1 then i else 0 end as refunds_fingerprint,
            case when h % 10 = 0 then 'CODE' || h % 7 end as coupon_code, 'DE' as country_code, 'brand' || h % 3 as brand
        from (select i, (hash(i, 1) % 1048576)::bigint as h, {somebody} as somebody,
                {until} - interval 1 second * ((hash(i, 3) % 1000003) / 1000003.0 * 86400 * {days})::bigint as since
            from range({low}, {high}) as numbers (i))""",
    "staging.stg_all__order_lines": """
        select 'shop' as system, 'l' || i as order_line_id, 'o' || i // 2 as order_id, 'i' || hash(i) % {products} as product_id,
            1 + hash(i) % 3 as quantity, 5 + hash(i) % 40 as unit_price_amount, 0 as discount_amount, 5 + hash(i) % 40 as line_amount,
            since as updated_at, since as ingested_at
        from (select i, {until} - interval 1 second * ((hash(i // 2, 3) % 1000003) / 1000003.0 * 86400 * {days})::bigint as since
            from range({low}, {high}) as numbers (i))""",
    "staging.stg_all__refunds": """
        select 'shop' as system, 'r' || i as refund_id, 'o' || i as order_id, 10 as amount, since + interval 5 day as refunded_at,
            since as updated_at, since as ingested_at
        from (select i, {until} - interval 1 second * ((hash(i, 3) % 1000003) / 1000003.0 * 86400 * {days})::bigint as since
            from range({low}, {high}) as numbers (i))
        where (hash(i, 1) % 1048576)::bigint % 25 = 1""",
    "staging.stg_all__refund_lines": """
        select 'shop' as system, 'r' || i as refund_line_id, 'r' || i as refund_id, 'o' || i as order_id, 'l' || 2 * i as order_line_id,
            cast(null as varchar) as product_id, 1 as quantity, 10 as amount, since as updated_at, since as ingested_at
        from (select i, {until} - interval 1 second * ((hash(i, 3) % 1000003) / 1000003.0 * 86400 * {days})::bigint as since
            from range({low}, {high}) as numbers (i))
        where (hash(i, 1) % 1048576)::bigint % 25 = 1""",
    "staging.stg_all__products": """
        select 'shop' as system, 'i' || i as product_id, 'Thing ' || i as name, 'category ' || i % 40 as category,
            'maker ' || i % 200 as brand, 5 + i % 95 as price_amount, 'EUR' as currency, 9 as stock_quantity,
            timestamp '2024-01-01' as created_at, timestamp '2024-01-01' as updated_at, timestamp '2024-01-01' as ingested_at
        from range({low}, {high}) as numbers (i)""",
    "staging.stg_all__events": """
        select 'ga4' as system, 'shop_customer_id' as user_type, 'e' || i as event_id, since as event_at, since::date as event_date,
            ['page_view', 'view_item', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'view_search_results'][step] as event_name,
            'd' || somebody as user_pseudo_id, case when h % 3 = 0 then 'a' || somebody end as user_id,
            case when h % 12 > 0 then 'd' || somebody || '.' || visit end as session_key, visit as ga_session_id,
            'https://shop.example/guides/topic' || h % 9 as page_location, 'topic' || h % 9 as page_topic,
            'i' || hash(i) % {products} as item_id, 'Thing' as item_name, 'category ' || hash(i) % {products} % 40 as item_category,
            1 as items_count, ['mobile', 'desktop', 'tablet'][1 + h % 3] as device_category,
            ['google', 'newsletter', 'facebook', '(direct)'][1 + h % 4] as source,
            ['organic', 'email', 'cpc', '(none)'][1 + h % 4] as medium,
            case when h % 6 = 0 then 'spring' end as campaign, case when step = 7 then 'word ' || h % 50 end as search_term,
            since + interval 1 hour as ingested_at
        from (select i, i // 5 as visit, (hash(i // 5, 2) % 1048576)::bigint as h, {somebody} as somebody,
                1 + (least(i % 5, hash(i, 6) % 7) + (hash(i, 7) % 5 = 0)::int)::int as step,
                {until} - interval 1 second * ((hash(i // 5, 3) % 1000003) / 1000003.0 * 86400 * {days} - 60 * (i % 5))::bigint as since
            from range({low}, {high}) as numbers (i))""",
}
PER_PERSON = {
    "profiles.profile_orders": 5,
    "staging.stg_all__refunds": 5,
    "staging.stg_all__refund_lines": 5,
    "staging.stg_all__order_lines": 10,
    "staging.stg_all__events": 10,
}


def make(connection: duckdb.DuckDBPyConnection, people: int) -> None:
    """Fills the tables, which are there and empty, with the shop as of YESTERDAY; the models that made them as views become tables."""
    for table in TABLES:
        schema, name = table.split(".")
        found = connection.execute(
            "select table_type from information_schema.tables where table_schema = ? and table_name = ?", [schema, name]
        )
        kind = "view" if found.fetchall()[0][0] == "VIEW" else "table"
        connection.execute(f"create temp table made as select * from {table} limit 0")
        connection.execute(f"drop {kind} {table} cascade")
        connection.execute(f"create table {table} as from made")
        connection.execute("drop table made")
    for table in TABLES:
        days = 120 if table == "staging.stg_all__events" else 730
        high = PRODUCTS if table == "staging.stg_all__products" else people * PER_PERSON.get(table, 1)
        _insert(connection, table, 0, high, people, YESTERDAY, days)


def pass_a_day(connection: duckdb.DuckDBPyConnection, people: int, share: float) -> None:
    """One more day: this share of new people, orders with lines, and events, on that day; the orders paid for on the day before it are
    delivered."""
    connection.execute(f"""
        update profiles.profile_orders set status = 'delivered'
        where status = 'paid' and ordered_at > {YESTERDAY} - interval 1 day""")
    more = int(people * share)
    for table in TABLES:
        if table != "staging.stg_all__products":
            low, added = people * PER_PERSON.get(table, 1), more * PER_PERSON.get(table, 1)
            _insert(connection, table, low, low + added, people + more, f"{YESTERDAY} + interval 1 day", 1)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, low: int, high: int, people: int, until: str, days: int) -> None:
    number = "i // 5" if table == "staging.stg_all__events" else "i"
    made = TABLES[table].format(
        low=low,
        high=high,
        days=days,
        until=until,
        products=PRODUCTS,
        somebody=SOMEBODY.format(people=people, seed=len(table), number=number),
    )
    there = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    named = ", ".join(row[0] for row in connection.execute(f"describe ({made})").fetchall() if row[0] in there)
    connection.execute(f"insert into {table} by name select {named} from ({made})")
