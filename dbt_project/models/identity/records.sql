{#- One file, though long: everything that is read of a record, its names above all. -#}
{{
    config(
        materialized='by_days',
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

-- every spelling once: there are far fewer names than people
names as (
    {% if is_a_day() %}
    select first_name as name from listed
    union
    select last_name as name from listed
    {% else %}
    {% for field in ['first_name', 'last_name'] %}
    select {{ field }} as name from {{ ref('stg_all__persons') }}
    union
    select {{ field }} as name from {{ ref('int_guests_listed') }}
    {{ 'union' if not loop.last }}
    {% endfor %}
    {% endif %}
),

plain as (
    select
        name,
        {{ plain_name('name') }} as plain
    from names
    where name is not null
),

spelled as (
    select
        name,
        {{ bare_name('plain') }} as bare,
        {{ generation_of('plain') }} as generation
    from plain
),

-- one field that holds both names is taken apart: "Smith, John" or "John Smith"
fields as (
    select
        listed.*,
        coalesce(listed.first_name, listed.last_name) as only_name,
        (listed.first_name is null) <> (listed.last_name is null)
        and coalesce(listed.first_name, listed.last_name) like '%_,_%' as has_comma,
        first_names.bare as first_bare,
        last_names.bare as last_bare,
        coalesce(last_names.generation, first_names.generation) as generation
    from listed
    left join spelled as first_names on listed.first_name = first_names.name
    left join spelled as last_names on listed.last_name = last_names.name
),

read as (
    select
        *,
        case
            when has_comma then {{ bare_name(plain_name(regex_replaced('only_name', '^[^,]*,', ''))) }}
            when last_name is null and first_bare like '% %' then {{ regex_replaced('first_bare', ' [^ ]*$', '') }}
            else first_bare
        end as given_name,
        case
            when has_comma then {{ bare_name(plain_name(regex_replaced('only_name', ',.*$', ''))) }}
            when last_name is null and first_bare like '% %' then {{ plain_last_word('first_bare') }}
            else last_bare
        end as family_name,
        case
            when has_comma
                then coalesce(
                    {{ generation_of(plain_name(regex_replaced('only_name', ',.*$', ''))) }},
                    {{ generation_of(plain_name(regex_replaced('only_name', '^[^,]*,', ''))) }}
                )
            else generation
        end as generation_read
    from fields
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
    read.generation_read as generation,
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
