with

due as (
    select
        *,
        {{ waited('ordered_at', days=10) }} as occurred_at
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
)

-- ten days after an order, of which nothing was given back: what is new to the person and likely to please
select
    due.profile_id,
    due.occurred_at,
    due.order_id as occasion,
    shown.product_id,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from due
inner join {{ ref('recommended_products') }} as shown
    on
        due.profile_id = shown.profile_id
        and shown.shelf = 'new_for_you'
        and shown.place = 1
where
    {{ is_due('due.occurred_at', for_days=5) }}
    and due.refunded_amount = 0
    and not {{ has_since(
        ref('orders'), 'ordered_at', 'due.profile_id', 'due.ordered_at', 'later.is_paid and later.order_id <> due.order_id'
    ) }}
