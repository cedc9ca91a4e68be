-- the first of two steps after the welcome; who bought meanwhile gets another text
select
    profile_id,
    {{ plus_days('signed_up_at', var('onboarding_days').guide) }} as occurred_at,
    'once' as occasion,
    orders_count > 0 as has_ordered,
    {{ campaign(channel='email', purpose='marketing', voided_by=['ticket']) }}
from {{ ref('profiles') }}
where
    signed_up_at <= {{ plus_days(as_of(), -var('onboarding_days').guide) }}
    and signed_up_at > {{ plus_days(as_of(), -var('onboarding_days').guide - 3) }}
