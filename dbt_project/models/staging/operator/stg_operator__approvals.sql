with

source as (
    select * from {{ source('raw', 'operator_approvals') }}
)

select
    approval_id,
    campaign,
    approved_count,
    approved_by,
    approved_at,
    expires_at
from source
where approved_at <= {{ as_of() }}
