{{ config(
    materialized='by_days',
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

with

ordered as (
    select
        profile_id,
        max(currency) as currency,
        count(*) as orders_count,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        avg(gap_days) as mean_gap_days,
        {{ median_of('gap_days') }} as median_gap_days,
        {{ latest_value('gap_days', 'order_number') }} as last_gap_days,
        -- an order without an exchange rate has no amounts
        count(total_amount) as amounts_count,
        coalesce(sum(total_amount), 0) as paid_amount,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(refunded_amount), 0) as refunded_amount,
        coalesce(sum(net_amount), 0) as revenue_amount,
        count(case when coupon_code is not null then 1 end) as coupon_orders_count,
        count(case when refunded_amount > 0 then 1 end) as refunded_orders_count
    from {{ anew('orders') }}
    where
        is_paid and profile_id is not null
        and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
    group by profile_id
),

-- in three steps, each a plain grouping: counting what is distinct costs more
products as (
    select
        profile_id,
        category,
        product_id,
        sum(quantity) as units_count,
        sum(returned_quantity) as returned_units_count,
        sum(line_amount) as line_amount
    from {{ anew('order_items') }}
    where
        is_paid and profile_id is not null
        and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
    group by profile_id, category, product_id
),

categories as (
    select
        profile_id,
        category,
        count(product_id) as products_count,
        sum(units_count) as units_count,
        sum(returned_units_count) as returned_units_count,
        coalesce(sum(line_amount), 0) as line_amount
    from products
    group by profile_id, category
),

bought as (
    select
        profile_id,
        sum(units_count) as units_count,
        sum(returned_units_count) as returned_units_count,
        sum(products_count) as products_count,
        count(category) as categories_count,
        -- of equals the one that comes last in the alphabet
        max_by(category, {{ pair_of('line_amount', 'category') }}) filter (where category is not null) as main_category
    from categories
    group by profile_id
),

asked as (
    select
        profile_id,
        count(*) as nps_answers_count,
        {{ latest_value('score', 'answered_at') }} as last_nps_score
    from {{ ref('profile_surveys') }}
    where
        kind = 'nps'
        and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
    group by profile_id
),

served as (
    select
        profile_id,
        count(*) as tickets_count,
        count(case when is_complaint then 1 end) as complaints_count
    from {{ ref('profile_tickets') }}
    where {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
    group by profile_id
)

select
    ordered.profile_id,
    ordered.orders_count,
    ordered.first_order_at,
    ordered.last_order_at,
    ordered.currency,
    ordered.revenue_amount,
    ordered.paid_amount,
    ordered.refunded_amount,
    ordered.discount_amount,
    cast(ordered.paid_amount / nullif(ordered.amounts_count, 0) as decimal(18, 4)) as average_order_amount,
    cast(
        ordered.discount_amount / nullif(ordered.paid_amount + ordered.discount_amount, 0) as double
    ) as discount_share,
    cast(ordered.refunded_amount / nullif(ordered.paid_amount, 0) as double) as return_rate,
    cast(bought.returned_units_count as double) / nullif(bought.units_count, 0) as unit_return_rate,
    ordered.mean_gap_days,
    ordered.median_gap_days,
    ordered.last_gap_days,
    ordered.coupon_orders_count,
    ordered.refunded_orders_count,
    cast(coalesce(bought.units_count, 0) as bigint) as units_count,
    cast(coalesce(bought.returned_units_count, 0) as bigint) as returned_units_count,
    cast(coalesce(bought.products_count, 0) as bigint) as products_count,
    coalesce(bought.categories_count, 0) as categories_count,
    bought.main_category,
    coalesce(asked.nps_answers_count, 0) as nps_answers_count,
    asked.last_nps_score,
    coalesce(served.tickets_count, 0) as tickets_count,
    coalesce(served.complaints_count, 0) as complaints_count
from ordered
left join bought on ordered.profile_id = bought.profile_id
left join asked on ordered.profile_id = asked.profile_id
left join served on ordered.profile_id = served.profile_id
