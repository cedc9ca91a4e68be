{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget('record_key', 'select record_key from ' ~ ref('int_records_changed')) }}"
    )
}}

with

blocked as (
    select * from {{ ref('blocked_identifiers') }}
),

persons as (
    select * from {{ ref('stg_all__persons') }}
    where {{ of_changed('person_type', 'person_id') }}
),

listed as (
    select
        coalesce(persons.person_type, named.record_type) as record_type,
        coalesce(persons.person_id, named.record_id) as record_id,
        coalesce(persons.system, named.system) as system,
        persons.brand,
        persons.email,
        persons.phone,
        persons.first_name,
        persons.last_name,
        persons.birth_date,
        persons.street,
        persons.postal_code,
        persons.city,
        persons.country_code,
        persons.company_name,
        least(persons.created_at, named.first_seen_at) as first_seen_at,
        greatest(persons.updated_at, named.last_seen_at) as last_seen_at
    from persons
    full outer join {{ ref('int_accounts_named') }} as named
        on
            persons.person_type = named.record_type
            and persons.person_id = named.record_id

    union all

    select
        record_type,
        record_id,
        system,
        brand,
        email,
        phone,
        first_name,
        last_name,
        cast(null as date) as birth_date,
        street,
        postal_code,
        city,
        country_code,
        cast(null as varchar) as company_name,
        first_seen_at,
        last_seen_at
    from {{ ref('int_guests_listed') }}
),

-- one field that holds both names is taken apart: "Smith, John" or "John Smith"
split as (
    select
        *,
        coalesce(first_name, last_name) as only_name,
        (first_name is null) <> (last_name is null) as is_one_field
    from listed
),

plain as (
    select
        *,
        case
            when is_one_field and only_name like '%_,_%'
                then {{ plain_name(regex_replaced('only_name', '^[^,]*,', '')) }}
            else {{ plain_name('first_name') }}
        end as first_plain,
        case
            when is_one_field and only_name like '%_,_%' then {{ plain_name(regex_replaced('only_name', ',.*$', '')) }}
            else {{ plain_name('last_name') }}
        end as last_plain
    from split
),

bare as (
    select
        *,
        {{ bare_name('first_plain') }} as first_bare,
        {{ bare_name('last_plain') }} as last_bare,
        coalesce({{ generation_of('last_plain') }}, {{ generation_of('first_plain') }}) as generation
    from plain
),

read as (
    select
        *,
        case
            when last_name is null and first_bare like '% %' and only_name not like '%_,_%'
                then {{ regex_replaced('first_bare', ' [^ ]*$', '') }}
            else first_bare
        end as given_name,
        case
            when last_name is null and first_bare like '% %' and only_name not like '%_,_%'
                then {{ plain_last_word('first_bare') }}
            else last_bare
        end as family_name
    from bare
)

select
    {{ identifier_key('read.record_type', 'read.record_id') }} as record_key,
    read.record_type,
    read.record_id,
    read.system,
    read.brand,
    read.email,
    read.phone,
    read.first_name,
    read.last_name,
    read.birth_date,
    read.street,
    read.postal_code,
    read.city,
    read.country_code,
    read.company_name,
    case when given_blocked.value is null then read.given_name end as given_name,
    case when family_blocked.value is null then read.family_name end as family_name,
    read.generation,
    case when born_blocked.value is null then read.birth_date end as born_on,
    read.first_seen_at,
    read.last_seen_at
from read
left join blocked as given_blocked
    on
        given_blocked.identifier_type = 'name'
        and read.given_name = given_blocked.value
left join blocked as family_blocked
    on
        family_blocked.identifier_type = 'name'
        and read.family_name = family_blocked.value
left join blocked as born_blocked
    on
        born_blocked.identifier_type = 'birth_date'
        and cast(read.birth_date as varchar) = born_blocked.value
