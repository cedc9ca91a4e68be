-- a cart that nothing was added to for 30 minutes and that no purchase event followed; after two days it is cold
select
    profile_id,
    last_cart_at as occurred_at,
    cast(last_cart_at as varchar) as occasion,
    last_item_id as product_id,
    items_count,
    last_item_name as item_name,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return'], is_urgent=true) }}
from {{ ref('carts') }}
where
    {{ waited('last_cart_at', minutes=30) }} <= {{ as_of() }}
    and {{ is_due('last_cart_at', for_days=2) }}
    and (last_purchase_event_at is null or last_purchase_event_at < last_cart_at)
