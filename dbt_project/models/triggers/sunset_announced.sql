-- the last letter, for two weeks; after it the audience sunset has them
select
    silent.profile_id,
    {{ plus_days('silent.last_sign_at', var('inactive').last_call_after_days) }} as occurred_at,
    cast(cast(silent.last_sign_at as date) as varchar) as occasion,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'ticket']) }}
from {{ silent_since(var('inactive').last_call_after_days) }} as silent
where silent.last_sign_at > {{ plus_days(as_of(), -var('inactive').last_call_after_days - 14) }}
