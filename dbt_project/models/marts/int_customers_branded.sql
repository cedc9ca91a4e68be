{{ config(
    materialized='by_days',
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

select
    profile_id,
    brand,
    count(*) as orders_count,
    coalesce(sum(net_amount), 0) as revenue_amount,
    min(ordered_at) as first_order_at,
    max(ordered_at) as last_order_at
from {{ anew('orders') }}
where
    is_paid and profile_id is not null and brand is not null
    and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
group by profile_id, brand
