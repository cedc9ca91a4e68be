-- once in a life, within three days of the first contact or account
select
    profile_id,
    signed_up_at as occurred_at,
    'once' as occasion,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('profiles') }}
where
    signed_up_at <= {{ as_of() }}
    and signed_up_at > {{ plus_days(as_of(), -3) }}
