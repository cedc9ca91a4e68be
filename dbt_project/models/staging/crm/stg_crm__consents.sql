{{ config(enabled=is_used('crm')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'crm_consents') }}
),

-- a grant that the CRM deletes is gone; a withdrawal stays, or to delete it would be to consent
latest as (
    {{ latest_version(
        'source', key='consent_id', event_at='recorded_at', deleted="_is_deleted and status <> 'withdrawn'"
    ) }}
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
