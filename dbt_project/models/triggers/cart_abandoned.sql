-- a cart that nothing was added to for 30 minutes and that no purchase event followed; after two days it is cold
select
    profile_id,
    last_cart_at as occurred_at,
    cast(last_cart_at as varchar) as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return'], is_urgent=true) }}
from {{ ref('carts') }}
where
    last_cart_at <= {{ plus_minutes(as_of(), -30) }}
    and last_cart_at > {{ plus_days(as_of(), -2) }}
    and (last_purchase_event_at is null or last_purchase_event_at < last_cart_at)
