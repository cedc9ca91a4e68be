{{ config(
    materialized='by_days',
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

with

first_orders as (
    select
        profile_id,
        order_id,
        ordered_at,
        coupon_code
    from {{ anew('orders') }}
    where is_first and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
),

categories as (
    select
        items.profile_id,
        items.category,
        coalesce(sum(items.line_amount), 0) as category_amount
    from {{ anew('order_items') }} as items
    inner join first_orders on items.order_id = first_orders.order_id
    where items.category is not null and {{ on_a_day('items.profile_id in (' ~ persons_touched() ~ ')') }}
    group by items.profile_id, items.category
),

first_categories as (
    select
        profile_id,
        {{ latest_value('category', 'category_amount') }} as category
    from categories
    group by profile_id
)

select
    first_orders.profile_id,
    first_orders.order_id,
    first_orders.ordered_at as first_order_at,
    cast(date_trunc('month', first_orders.ordered_at) as date) as cohort_month,
    coalesce(visits.order_channel, visits.first_channel, 'unknown') as source,
    coalesce(visits.order_campaign, visits.first_campaign, 'unknown') as campaign,
    coalesce(first_orders.coupon_code, 'none') as promotion,
    coalesce(first_categories.category, 'unknown') as category
from first_orders
left join {{ anew('int_customer_visits') }} as visits on first_orders.profile_id = visits.profile_id
left join first_categories on first_orders.profile_id = first_categories.profile_id
