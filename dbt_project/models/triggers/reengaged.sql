-- months of silence, and once: two weeks later it is too late to ask
select
    silent.profile_id,
    {{ plus_days('silent.last_sign_at', var('inactive').asked_after_days) }} as occurred_at,
    cast(cast(silent.last_sign_at as date) as varchar) as occasion,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'ticket']) }}
from {{ silent_since(var('inactive').asked_after_days) }} as silent
where silent.last_sign_at > {{ plus_days(as_of(), -var('inactive').asked_after_days - 14) }}
