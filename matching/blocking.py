"""Which pairs are worth comparing: records that share a key, the rarest keys first, within a budget per rule.

The pairs of one rule never number more than its budget (a few per record, or all pairs of a small file), so that work grows
with the number of records and not with its square: a key that too many share (a common name, a role address) is passed over,
and the other rules find its pairs by rarer keys.
"""

from __future__ import annotations

import duckdb

#: Pairs that a rule may give: so many for each record (most for keys that name one person), but in a small file at least this many.
PAIRS_PER_RECORD = 0.3
PAIRS_PER_RECORD_OF = {
    "email": 2,
    "mailbox": 1,
    "phone": 2,
    "names": 1,
    "last_name_place": 1,
    "first_name_place": 0.7,
    "last_name_initial": 0.5,
}
RARELY_ENOUGH = {"first_name": 0.05, "place": 0.05, "swapped": 0.1, "house_word": 0.1, "birth_date": 0.1, "family_word": 0.1}
PAIRS_AT_LEAST = 60_000
#: A key as SQL over `people`; NULL where the record has none. Each forgives errors in the fields that it does not name.
KEYS = {
    "email": "email",
    "mailbox": "case when length(mailbox) >= 4 then mailbox end",
    "phone": "case when length(phone) >= 7 then right(phone, 7) end",
    "names": "least(first_sound, last_sound) || '|' || greatest(first_sound, last_sound)",
    "birth_date_last_name": "born || last_sound",
    "birth_date_first_name": "born || coalesce(first_known_root, first_sound)",
    "birth_date_place": "born || coalesce(left(postal_code, 4), left(city, 4))",
    "birth_day_names": "right(born, 5) || left(first_sound, 2) || left(last_sound, 2)",
    "birth_month_names": "left(born, 7) || left(first_sound, 2) || left(last_sound, 2)",
    "birth_year_names": "left(born, 4) || left(first_sound, 3) || left(last_sound, 3)",
    "street": "street || coalesce(house_number, '')",
    "house_place": "house_number || '|' || coalesce(postal_code, city) || '|' || left(street, 3)",
    "house_last_name": "house_number || last_sound",
    "last_name_place": "last_sound || '|' || coalesce(postal_code, city)",
    "first_name_place": "first_sound || '|' || coalesce(postal_code, city)",
    "first_name_initial": "coalesce(first_known_root, first_sound) || '|' || left(last_sound, 2)",
    "last_name_initial": "last_sound || '|' || left(first_sound, 1)",
    "swapped": "least(left(first_sound, 3), left(last_sound, 3)) || '|' || greatest(left(first_sound, 3), left(last_sound, 3))",
    "company": "company_name",
    "company_last_name": "left(company_name, 6) || last_sound",
    "birth_date": "born",
    "last_name": "last_sound",
    "first_name": "first_sound",
    "place": "coalesce(postal_code, city)",
    "family_word": "unnest(case when len(family_words) > 1 then family_words else list_value(last_name) end)",
    "house_word": "unnest(list_transform(long_street_words, lambda word: house_number || word))",
}


def write_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes the table `pairs` (join_key_l < join_key_r, distinct) out of `people`."""
    count = connection.sql("select count(*) from people").fetchall()[0][0]
    most = PAIRS_PER_RECORD_OF | RARELY_ENOUGH
    keys = "select *, case when first_known then first_roots[1] end as first_known_root from people"
    connection.execute("create or replace table found_pairs (left_id integer, right_id integer)")
    for name, key in KEYS.items():
        budget = max(PAIRS_AT_LEAST, int(most.get(name, PAIRS_PER_RECORD) * count))
        connection.execute(f"""
            insert into found_pairs
            with said as (select cast(unique_id as integer) as id, {key} as key from ({keys})),
            keyed as (select distinct id, hash(key) as key from said where key is not null),
            sizes as (select key, count(*) as size from keyed group by key having count(*) > 1),
            budgeted as (select size, sum(sum(size * (size - 1) / 2)) over (order by size) as pairs from sizes group by size),
            small as (select key from sizes where size in (select size from budgeted where pairs <= {budget})),
            kept as (select keyed.* from keyed inner join small using (key))
            select a.id, b.id from kept as a inner join kept as b on a.key = b.key and a.id < b.id
        """)
    connection.execute("""
        create or replace table pairs as
        select distinct left_id as join_key_l, right_id as join_key_r, 0 as match_key from found_pairs order by all
    """)
    connection.execute("drop table found_pairs")
