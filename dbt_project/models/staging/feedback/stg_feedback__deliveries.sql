with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'feedback_deliveries') }}
),

latest as (
    {{ latest_version('source', key='message_id', event_at='coalesce(claimed_at, updated_at)') }}
)

select
    message_id,
    campaign,
    profile_id,
    channel,
    destination,
    status,
    provider_ref,
    error_code,
    error_detail,
    attempts,
    claimed_at,
    finished_at,
    updated_at,
    ingested_at
from latest
