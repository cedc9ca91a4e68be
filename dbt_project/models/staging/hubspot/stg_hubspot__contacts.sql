{{ config(enabled=is_used('hubspot')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'hubspot_contacts') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='contact_id', event_at='created_at') }}
)

select
    latest.contact_id,
    cast(null as varchar) as brand,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.first_name), '') as first_name,
    nullif(trim(latest.last_name), '') as last_name,
    try_cast(latest.birth_date as date) as birth_date,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    {{ normalized_country('latest.country_code') }} as country_code,
    nullif(trim(latest.company_name), '') as company_name,
    cast(null as varchar) as time_zone,
    cast(null as varchar) as preferred_channel,
    nullif(latest.merged_ids, '') as merged_ids,
    nullif(latest.company_ids, '') as company_ids,
    coalesce(latest.is_opted_out, false) as is_opted_out,
    latest.legal_basis,
    latest.created_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
