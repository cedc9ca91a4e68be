{{ config(materialized='by_days', meta={'anew': true}, pre_hook="{{ forget_owners() }}") }}

with

orders as (
    select
        *,
        -- a person's orders count when they were paid for
        is_paid and profile_id is not null as is_counted
    from {{ ref('profile_orders') }}
    where {{ of_owners_touched() }}
),

numbered as (
    select
        *,
        row_number() over (partition by profile_id, is_counted order by ordered_at, order_id) as order_number,
        lag(ordered_at) over (partition by profile_id, is_counted order by ordered_at, order_id) as previous_ordered_at
    from orders
)

select
    order_id,
    profile_id,
    ordered_at,
    ingested_at,
    status,
    is_paid,
    is_refunded,
    currency,
    total_amount,
    tax_amount,
    shipping_amount,
    cast(total_amount - tax_amount - shipping_amount as decimal(18, 4)) as goods_amount,
    discount_amount,
    refunded_amount,
    refund_lines_count,
    net_amount,
    order_currency,
    order_total_amount,
    exchange_rate,
    coupon_code,
    country_code,
    brand,
    case when is_counted then order_number end as order_number,
    case when is_counted then previous_ordered_at end as previous_ordered_at,
    case when is_counted then {{ days_between('previous_ordered_at', 'ordered_at') }} end as gap_days,
    is_counted and order_number = 1 as is_first
from numbered
