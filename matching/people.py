"""Person records as they are compared: one row each, every field in the one form that two spellings of it share."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from matching.addresses import COMPANY_FORMS, ROLES, SHORTENED
from matching.spellings import write_names, write_spellings

#: What a record may say. All are text but birth_date; any of them may be NULL.
FIELDS = ("first_name", "last_name", "birth_date", "email", "phone", "street", "postal_code", "city", "company_name")


def prepare_people(connection: duckdb.DuckDBPyConnection, variants: Mapping[str, tuple[str, ...]]) -> None:
    """Writes the table `people` out of `records` (unique_id, record_key and FIELDS)."""
    write_names(connection, variants)
    write_spellings(connection, ("street", "city", "company_name"))
    short = "map([" + ", ".join(f"'{word}'" for word in SHORTENED) + "], [" + ", ".join(f"'{word}'" for word in SHORTENED.values()) + "])"
    roles = ", ".join(f"'{role}'" for role in ROLES)
    plain = "nullif(trim(regexp_replace(lower(coalesce({0}_spelled.latin, {0})), '[^a-z0-9]+', ' ', 'g')), '')"
    connection.execute("""
        create or replace table placeholders as
        select birth_date as placeholder from named
        where right(cast(birth_date as varchar), 5) = '01-01'
        group by birth_date having count(*) >= greatest(10, 0.002 * (select count(*) from named))
    """)
    connection.execute(f"""
        create or replace table people as
        with cleaned as (
            select
                unique_id,
                record_key,
                first_names.said as first_name,
                last_names.said as last_name,
                first_names.tokens as first_tokens,
                last_names.tokens as last_tokens,
                first_names.roots as first_roots,
                first_names.initials as first_initials,
                first_names.latin as first_latin,
                last_names.latin as last_latin,
                list_filter(
                    coalesce(last_names.tokens, []) || coalesce(first_names.tokens[2:], []), lambda word: length(word) >= 3
                ) as family_words,
                first_names.sound as first_sound,
                last_names.sound as last_sound,
                first_names.known as first_known,
                coalesce(last_names.generation, first_names.generation) as generation,
                case when placeholder is null then birth_date end as birth_date,
                case when placeholder is null then cast(birth_date as varchar) end as born,
                case when split_part(lower(trim(email)), '@', 1) not in ({roles}) then nullif(lower(trim(email)), '') end as email,
                nullif(regexp_replace(phone, '[^0-9]', '', 'g'), '') as phone,
                regexp_replace({plain.format("street")}, 'strasse\\b', 'str', 'g') as street_plain,
                nullif(regexp_replace(lower(postal_code), '[^a-z0-9]', '', 'g'), '') as postal_code,
                {plain.format("city")} as city,
                nullif(trim(regexp_replace(
                    {plain.format("company_name")}, '\\b({COMPANY_FORMS.replace(" ", "|")})\\b', '', 'g'
                )), '') as company_name
            from named
            left join names as first_names on named.first_name = first_names.raw
            left join names as last_names on named.last_name = last_names.raw
            left join placeholders on named.birth_date = placeholders.placeholder
            left join spelled as street_spelled on named.street = street_spelled.raw
            left join spelled as city_spelled on named.city = city_spelled.raw
            left join spelled as company_name_spelled on named.company_name = company_name_spelled.raw
        ),
        shortened as (
            select
                *,
                nullif(regexp_replace(split_part(email, '@', 1), '\\+.*', ''), '') as email_local,
                coalesce(first_tokens[1], '') as first_word,
                replace(coalesce(last_name, ''), ' ', '') as last_word,
                list_transform(string_split(street_plain, ' '), lambda word: coalesce({short}[word], word)) as street_words
            from cleaned
        )
        select
            * exclude (street_plain, street_words, first_word, last_word, email_local, first_tokens, last_tokens),
            left(first_tokens[2], 1) as second_initial,
            array_to_string(street_words, ' ') as street,
            list_filter(street_words, lambda word: regexp_matches(word, '[0-9]'))[1] as house_number,
            list_distinct(street_words || coalesce(string_split(city, ' '), []) || coalesce([postal_code], [])) as address_words,
            email_local as mailbox,
            regexp_replace(email_local, '[^a-z]', '', 'g') as mailbox_letters,
            regexp_replace(email_local, '[^0-9]', '', 'g') as mailbox_digits,
            list_contains([
                first_word || last_word, last_word || first_word, left(first_word, 1) || last_word, last_word || left(first_word, 1),
                first_word || left(last_word, 1), first_word, last_word, left(first_word, 1) || left(last_word, 1)
            ], regexp_replace(email_local, '[^a-z]', '', 'g')) as mailbox_is_name,
            list_filter(street_words, lambda word: length(word) >= 4 and not regexp_matches(word, '[0-9]')) as long_street_words,
            first_name is null and last_name is null and company_name is not null as is_company
        from shortened
    """)
    connection.execute("drop table records; drop table named; drop table names; drop table split_names; drop table spelled")
