with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'feedback_attempts') }}
),

latest as (
    {{ latest_version('source', key='message_id, number', event_at='started_at') }}
)

select
    message_id,
    number as attempt_number,
    worker,
    outcome,
    code,
    detail,
    started_at,
    finished_at,
    ingested_at
from latest
