{{ config(enabled=is_used('keycrm')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'keycrm_buyers') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='buyer_id', event_at='created_at') }}
)

select
    latest.buyer_id,
    cast(null as varchar) as brand,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif({{ first_word('latest.name') }}, '') as first_name,
    nullif({{ after_first_word('latest.name') }}, '') as last_name,
    try_cast(latest.birth_date as date) as birth_date,
    cast(null as varchar) as street,
    cast(null as varchar) as postal_code,
    cast(null as varchar) as city,
    {{ normalized_country('latest.country_code') }} as country_code,
    nullif(trim(latest.company_name), '') as company_name,
    cast(null as varchar) as time_zone,
    cast(null as varchar) as preferred_channel,
    latest.created_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
