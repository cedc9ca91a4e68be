{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_customers') }}
),

latest as (
    {{ latest_version('source', key='customer_id', event_at='created_at') }}
),

stated as (
    select
        customer_id,
        'email' as channel,
        email_consent as consent,
        coalesce(email_consent_at, updated_at) as recorded_at,
        updated_at,
        ingested_at
    from latest

    union all

    select
        customer_id,
        'sms' as channel,
        sms_consent as consent,
        coalesce(sms_consent_at, updated_at) as recorded_at,
        updated_at,
        ingested_at
    from latest
)

-- who never subscribed, or has not confirmed, has stated nothing
select
    customer_id,
    'shopify:' || customer_id || ':' || channel as consent_id,
    channel,
    'marketing' as purpose,
    case consent when 'SUBSCRIBED' then 'granted' else 'withdrawn' end as status,
    recorded_at,
    updated_at,
    ingested_at
from stated
where consent in ('SUBSCRIBED', 'UNSUBSCRIBED', 'REDACTED')
