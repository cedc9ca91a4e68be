{%- set vip = var('vip') -%}
with

-- who may have reached it this week, and still is one
recent as (
    select profile_id
    from {{ ref('profiles') }}
    where
        last_order_at > {{ plus_days(as_of(), -7) }}
        and orders_count >= {{ vip.orders }}
        and revenue_amount >= {{ vip.revenue_amount }}
),

counted as (
    select
        orders.profile_id,
        orders.ordered_at,
        orders.order_number,
        sum(orders.net_amount) over (partition by orders.profile_id order by orders.order_number) as revenue_amount
    from {{ ref('orders') }} as orders
    inner join recent on orders.profile_id = recent.profile_id
    where orders.is_paid
),

reached as (
    select
        profile_id,
        min(ordered_at) as occurred_at
    from counted
    where order_number >= {{ vip.orders }} and revenue_amount >= {{ vip.revenue_amount }}
    group by profile_id
)

select
    profile_id,
    occurred_at,
    'once' as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['return', 'ticket']) }}
from reached
where occurred_at > {{ plus_days(as_of(), -7) }} and occurred_at <= {{ as_of() }}
