with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'feedback_suppressions') }}
),

latest as (
    {{ latest_version('source', key='suppression_id', event_at='said_at', updated_at='said_at') }}
)

select
    suppression_id,
    destination,
    channel,
    case channel
        when 'email' then {{ normalized_email('address') }}
        else nullif(trim(address), '')
    end as address,
    reason,
    said_at,
    ingested_at
from latest
