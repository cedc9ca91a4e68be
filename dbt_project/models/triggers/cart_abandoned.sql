-- a cart that nothing was added to for 30 minutes and that no purchase event followed; after two days it is cold. An
-- order that waits for its money followed it too; one that is paid for is left to voided_by, which says so.
select
    profile_id,
    last_cart_at as occurred_at,
    cast(last_cart_at as varchar) as occasion,
    last_item_id as product_id,
    items_count,
    last_item_name as item_name,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return'], is_urgent=true) }}
from {{ ref('carts') }} as carts
where
    {{ waited('last_cart_at', minutes=30) }} <= {{ as_of() }}
    and {{ is_due('last_cart_at', for_days=2) }}
    and (last_purchase_event_at is null or last_purchase_event_at < last_cart_at)
    and not {{ has_since(
        ref('orders'), 'ordered_at', 'carts.profile_id', 'carts.last_cart_at', "later.status = 'pending'"
    ) }}
