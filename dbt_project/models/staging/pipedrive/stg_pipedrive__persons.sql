{{ config(enabled=is_used('pipedrive')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'pipedrive_persons') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

organizations as (
    select * from {{ ref('stg_pipedrive__organizations') }}
),

latest as (
    {{ latest_version('source', key='person_id', event_at='created_at', deleted='(_is_deleted or is_deleted)') }}
)

select
    latest.person_id,
    cast(null as varchar) as brand,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    coalesce(nullif(trim(latest.first_name), ''), nullif(trim(latest.name), '')) as first_name,
    nullif(trim(latest.last_name), '') as last_name,
    try_cast(latest.birth_date as date) as birth_date,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    {{ normalized_country('latest.country_code') }} as country_code,
    organizations.name as company_name,
    cast(null as varchar) as time_zone,
    cast(null as varchar) as preferred_channel,
    latest.organization_id,
    latest.marketing_status,
    latest.created_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join organizations on 'pipedrive:' || latest.organization_id = organizations.company_id
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
