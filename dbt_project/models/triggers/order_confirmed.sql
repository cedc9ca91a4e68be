with

orders as (
    select * from {{ ref('orders') }}
    where is_paid and profile_id is not null and {{ is_due('ordered_at', for_days=2) }}
),

items as (
    select
        order_id,
        {{ texts_joined('product_name', 'order_line_id') }} as product_names
    from {{ ref('order_items') }}
    where profile_id is not null
    group by order_id
)

select
    orders.profile_id,
    orders.ordered_at as occurred_at,
    orders.order_id as occasion,
    orders.order_id,
    items.product_names,
    orders.order_total_amount as total_amount,
    orders.order_currency as currency,
    {{ branch({'first': 'orders.is_first', 'regular': 'orders.order_number > 3'}, otherwise='returning') }} as path,
    {{ campaign(channel='email', purpose='transactional', voided_by=['return']) }}
from orders
left join items on orders.order_id = items.order_id
