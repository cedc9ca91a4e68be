with

carts as (
    select * from {{ ref('carts') }}
    where last_purchase_event_at is null or last_purchase_event_at < last_cart_at
),

-- the first reminder went out for this very cart, and nobody asked us to stop
reminded as (
    select
        carts.profile_id,
        carts.last_cart_at,
        carts.last_item_id,
        carts.last_item_name,
        carts.items_count,
        min(sent.sent_at) as reminded_at
    from carts
    inner join {{ ref('messages_sent') }} as sent
        on
            carts.profile_id = sent.profile_id
            and sent.campaign = 'cart_abandoned'
            and carts.last_cart_at <= sent.sent_at
    where sent.bounced_at is null and sent.unsubscribed_at is null
    group by carts.profile_id, carts.last_cart_at, carts.last_item_id, carts.last_item_name, carts.items_count
),

due as (
    select
        *,
        {{ waited('reminded_at', days=2) }} as occurred_at
    from reminded
)

-- once for a cart, two days after the first: sooner would be more than one message of a kind in 48 hours
select
    profile_id,
    occurred_at,
    cast(last_cart_at as varchar) as occasion,
    last_item_id as product_id,
    items_count,
    last_item_name as item_name,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from due
where
    {{ is_due('occurred_at', for_days=3) }}
    and not {{ has_since(
        ref('orders'), 'ordered_at', 'due.profile_id', 'due.last_cart_at', "later.status <> 'cancelled'"
    ) }}
