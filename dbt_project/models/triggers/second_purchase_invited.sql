-- one order, kept, and some weeks without another; two weeks later it is an occasion no more
select
    profile_id,
    {{ plus_days('first_order_at', var('second_purchase_after_days')) }} as occurred_at,
    'once' as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from {{ ref('profiles') }}
where
    orders_count = 1
    and revenue_amount > 0
    and first_order_at <= {{ plus_days(as_of(), -var('second_purchase_after_days')) }}
    and first_order_at > {{ plus_days(as_of(), -var('second_purchase_after_days') - 14) }}
    and {{ is_still_written_to('profile_id') }}
