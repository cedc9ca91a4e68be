{{ config(enabled=is_used('crm')) }}

with

source as (
    select * from {{ source('raw', 'crm_consents') }}
),

latest as (
    {{ latest_version('source', key='consent_id', event_at='recorded_at') }}
)

select
    consent_id,
    contact_id,
    channel,
    purpose,
    status,
    recorded_at,
    updated_at,
    ingested_at
from latest
