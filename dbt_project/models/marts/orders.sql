{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_owners() }}") }}

with

orders as (
    select * from {{ ref('profile_orders') }}
    where {{ of_owners_touched() }}
),

-- a person's orders count when they were paid for
numbered as (
    select
        order_id,
        row_number() over (partition by profile_id order by ordered_at, order_id) as order_number,
        lag(ordered_at) over (partition by profile_id order by ordered_at, order_id) as previous_ordered_at
    from orders
    where is_paid and profile_id is not null
)

select
    orders.order_id,
    orders.profile_id,
    orders.ordered_at,
    orders.ingested_at,
    orders.status,
    orders.is_paid,
    orders.currency,
    orders.total_amount,
    orders.discount_amount,
    orders.refunded_amount,
    orders.net_amount,
    orders.coupon_code,
    orders.country_code,
    orders.brand,
    numbered.order_number,
    {{ days_between('numbered.previous_ordered_at', 'orders.ordered_at') }} as gap_days,
    coalesce(numbered.order_number = 1, false) as is_first
from orders
left join numbered on orders.order_id = numbered.order_id
