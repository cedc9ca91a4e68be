with

due as (
    select
        *,
        {{ waited('delivered_at', days=7) }} as occurred_at
    from {{ ref('deliveries') }}
    where profile_id is not null and not is_returned
),

-- the dearest of what was bought; nothing at all where a piece of the order came back
items as (
    select
        order_id,
        {{ latest_value('product_name', 'line_amount') }} as item_name,
        sum(returned_quantity) as returned_quantity
    from {{ ref('order_items') }}
    group by order_id
)

-- a week with it, no complaint, no review of it yet, and nobody is asked twice in a month
select
    due.profile_id,
    due.occurred_at,
    due.order_id as occasion,
    due.order_id,
    items.item_name,
    {{ campaign(channel='email', purpose='marketing', voided_by=['return', 'ticket']) }}
from due
inner join items on due.order_id = items.order_id
inner join {{ ref('orders') }} as orders on due.order_id = orders.order_id
where
    {{ is_due('due.occurred_at', for_days=5) }}
    and orders.is_paid
    and orders.refunded_amount = 0
    and items.returned_quantity = 0
    and not {{ has_since(
        ref('profile_tickets'), 'opened_at', 'due.profile_id', 'due.ordered_at', 'later.is_complaint'
    ) }}
    and not {{ has_since(ref('profile_reviews'), 'created_at', 'due.profile_id', 'due.ordered_at') }}
    and not {{ has_since(
        ref('messages_sent'), 'sent_at', 'due.profile_id', plus_days('due.occurred_at', -30), "later.campaign = 'review_requested'"
    ) }}
