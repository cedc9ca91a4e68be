{{ config(enabled=is_used('service')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'service_tickets') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='ticket_id', event_at='opened_at') }}
)

select
    latest.ticket_id,
    nullif(trim(latest.customer_id), '') as customer_id,
    nullif(trim(latest.contact_id), '') as contact_id,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.brand), '') as brand,
    nullif(lower(trim(latest.channel)), '') as channel,
    nullif(trim(latest.subject), '') as subject,
    nullif(lower(trim(latest.category)), '') as category,
    nullif(lower(trim(latest.priority)), '') as priority,
    latest.status,
    coalesce(latest.is_complaint, false) as is_complaint,
    nullif(trim(latest.order_id), '') as order_id,
    latest.opened_at,
    latest.solved_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
