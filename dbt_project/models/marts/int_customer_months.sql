{{ config(
    materialized='by_days',
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

with

orders as (
    select
        profile_id,
        cast(date_trunc('month', ordered_at) as date) as month,
        net_amount,
        ordered_at
    from {{ anew('orders') }}
    where
        is_paid and profile_id is not null
        and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
),

months as (
    select
        profile_id,
        month,
        count(*) as orders_count,
        cast(coalesce(sum(net_amount), 0) as decimal(18, 4)) as net_amount,
        max(ordered_at) as last_order_at
    from orders
    group by profile_id, month
)

select
    profile_id,
    month,
    lead(month) over running as until_month,
    orders_count,
    net_amount,
    last_order_at,
    cast(sum(orders_count) over running as bigint) as total_orders_count,
    cast(sum(net_amount) over running as decimal(18, 4)) as total_net_amount,
    lag(last_order_at) over running as previous_order_at
from months
window running as (partition by profile_id order by month rows between unbounded preceding and current row)
