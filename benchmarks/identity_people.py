"""Made-up people for the identity benchmark, directly as the tables that identity reads; DuckDB makes them, in bounded memory.

A person has a contact, an account or orders as a guest (or several of them), one or two addresses, a phone, and devices. One in twelve
shares the phone with the family, one in 500 writes from a role address, 1 in 200 has two contacts, one device in 50 is a shop tablet. The
hash of a person's number decides, so the same number is the same person on every day.
"""

from __future__ import annotations

import duckdb

#: Identifiers and records that one made-up person adds on average.
IDENTIFIERS_PER_PERSON = 4.42

GIVEN = "['Anna', 'Boris', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Katja', 'Lars']"
FIRST = f"list_extract({GIVEN}, (h % 12 + 1)::int)"
SYLLABLES = "['ba', 'ko', 'mei', 'ner', 'schu', 'lin', 'da', 'vo', 'ri', 'to', 'wen', 'sa', 'gru', 'ber', 'hol', 'ma']"
LAST = " || ".join(f"list_extract({SYLLABLES}, (h // {step} % 16 + 1)::int)" for step in (1, 16, 256, 4096))
NAMES = f"{FIRST} as first_name, {LAST} as last_name"

PERSON = """null as brand, {email} as email, {phone} as phone, {names},
    null::date as birth_date, h % 900 || ' Long Street' as street, lpad((h % 90000)::varchar, 5, '0') as postal_code,
    'Town ' || h % 3000 as city, 'DE' as country_code, null::varchar as company_name, 'Europe/Berlin' as time_zone,
    null::varchar as preferred_channel,
    since as created_at, since as updated_at, since as ingested_at"""

EMAIL = """case when h % 500 = 0 then 'info@' || i % 40000 || '.example.org'
    when h % 17 = 0 then null else 'person' || i || '@example.com' end"""
PHONE = "case when h % 3 = 0 then null else '+4915' || lpad((i - (h % 12 = 1)::int)::varchar, 9, '0') end"

#: What exists of each table, by its people (i from .. to, below); `since` is when they came.
TABLES = {
    "persons": f"""
        select 'crm' as system, 'crm_id' as person_type, 'c' || i as person_id, {PERSON.format(names=NAMES, email=EMAIL, phone=PHONE)}
        from people where h % 10 < 7
        union all
        select 'crm', 'crm_id', 'd' || i, {PERSON.format(names=NAMES, email=EMAIL, phone="null")} from people where h % 200 = 7
        union all
        select 'shop', 'shop_customer_id', 'a' || i, {PERSON.format(names=NAMES, email="'person' || i || '@example.com'", phone=PHONE)}
        from people where h % 7 < 4""",
    "aliases": """
        select 'crm' as system, 'crm_id' as left_type, 'c' || i as left_id, 'shop_customer_id' as right_type, 'a' || i as right_id,
            'crm' as stated_by, since as stated_at, since as ingested_at
        from people where h % 10 < 7 and h % 7 < 2""",
    "orders": f"""
        select 'shop' as system, 'shop_customer_id' as customer_type, 'o' || i as order_id,
            case when h % 7 < 4 then 'a' || i end as customer_id, null::varchar as brand, {NAMES},
            case h % 6 when 0 then 'other' || i || '@example.net' else 'person' || i || '@example.com' end as email,
            case when h % 7 >= 4 and h % 2 = 0 then '+4915' || lpad(i::varchar, 9, '0') end as phone,
            null::varchar as street, null::varchar as postal_code, null::varchar as city, 'paid' as status, 'EUR' as currency,
            0::decimal(18,4) as discount_amount, 0::decimal(18,4) as shipping_amount, 0::decimal(18,4) as tax_amount,
            50::decimal(18,4) as total_amount, null::varchar as coupon_code, 'DE' as country_code, since as ordered_at,
            since as updated_at, since as ingested_at
        from people where h % 11 < 6 or (h % 10 >= 7 and h % 7 >= 4)""",
    "events": """
        select 'ga4' as system, 'shop_customer_id' as user_type, 'e' || i || '.' || device as event_id, since as event_at,
            since::date as event_date, 'login' as event_name,
            case when h % 50 = 3 then 'tablet' || i % 20000 else 'device' || i || '.' || device end as user_pseudo_id, 'a' || i as user_id,
            's' || i || '.' || device as session_key, i as ga_session_id, null::varchar as page_location, null::varchar as transaction_id,
            null::decimal(18,4) as purchase_revenue_amount, 'EUR' as currency, null::varchar as item_id, null::varchar as item_name,
            null::varchar as item_category, 0 as items_count, 'mobile' as device_category, 'google' as source, 'organic' as medium,
            'DE' as country, since as ingested_at
        from people, (select range as device from range(3))
        where h % 7 < 4 and device <= h % 3""",
}


def people(first: int, last: int, since: str) -> str:
    """People numbered first to last (exclusive), who came at an instant (or SQL over i) `since`."""
    return f"with people as (select range as i, hash(range) // 1000 as h, {since} as since from range({first}, {last})) "


def make(connection: duckdb.DuckDBPyConnection, count: int) -> None:
    """Makes the tables `staging.stg_all__*` of so many people, who came over three years."""
    connection.execute("create schema if not exists staging")
    since = "timestamp '2023-01-01' + interval 1 second * (hash(range + 1) % 90000000)::bigint"
    for name, query in TABLES.items():
        connection.execute(f"create or replace table staging.stg_all__{name} as {people(0, count, since)}{query}")


def pass_a_day(connection: duckdb.DuckDBPyConnection, count: int, share: float, since: str) -> None:
    """One day: `share` new people, a tenth as many moved to a new address, a tenth as many gone, all spread over the whole."""
    new = int(count * share)
    for name, query in TABLES.items():
        connection.execute(f"insert into staging.stg_all__{name} {people(count, count + new, f'timestamp {since!r}')}{query}")
    every = int(10 / share)
    chosen = f"try_cast(substr(person_id, 2) as bigint) % {every}"
    connection.execute(
        f"update staging.stg_all__persons set email = 'moved' || person_id || '@example.net',"
        f" updated_at = timestamp '{since}' where {chosen} = 5"
    )
    connection.execute(f"delete from staging.stg_all__persons where {chosen} = 6")
