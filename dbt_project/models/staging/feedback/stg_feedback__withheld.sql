with

source as (
    select * from {{ source('raw', 'delivery_withheld') }}
)

select
    message_id,
    campaign,
    profile_id,
    channel,
    reason,
    withheld_at
from source
where withheld_at <= {{ as_of() }}
