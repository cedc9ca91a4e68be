{#- What people bought before each origin, and what of it came back by then; one row per origin and person. Parts of customer_features. -#}
{% macro customer_items(seen) -%}
with

products as (
    select
        origins.as_of,
        items.profile_id,
        items.product_id,
        items.category,
        sum(items.quantity) as units_count
    from {{ ref('order_items') }} as items
    {{ seen_at(seen, 'items', 'ordered_at') }}
    where items.is_paid and items.profile_id is not null
    group by origins.as_of, items.profile_id, items.product_id, items.category
)

select
    as_of,
    profile_id,
    sum(units_count) as units_count,
    count(product_id) as product_count,
    count(distinct category) as category_count
from products
group by as_of, profile_id
{%- endmacro %}

{#- Money that was given back, and pieces: those of the lines of the refunds; where no line says what the refunds of an order were for, all
    of a wholly refunded order and none of another. -#}
{% macro customer_returns(seen) -%}
with

refunds as (
    select
        order_id,
        refunded_at as happened_at,
        ingested_at,
        amount,
        cast(null as decimal(18, 4)) as units
    from {{ ref('stg_all__refunds') }}
    union all
    select
        order_id,
        updated_at as happened_at,
        ingested_at,
        null as amount,
        cast(quantity as decimal(18, 4)) as units
    from {{ ref('stg_all__refund_lines') }}
),

given_back as (
    select
        origins.as_of,
        orders.order_id,
        orders.profile_id,
        orders.exchange_rate,
        orders.order_total_amount,
        {{ in_last(90, 'orders.ordered_at') }} as is_90d,
        {{ in_last(365, 'orders.ordered_at') }} as is_365d,
        coalesce(sum(refunds.amount), 0) as order_amount,
        sum(refunds.units) as units_count
    from {{ ref('orders') }} as orders
    {{ seen_at(seen, 'orders', 'ordered_at') }}
    inner join refunds
        on
            orders.order_id = refunds.order_id
            and refunds.happened_at < origins.as_of
            and refunds.ingested_at {{ seen.landed }} origins.as_of
    where orders.is_paid and orders.profile_id is not null
    group by
        origins.as_of, orders.order_id, orders.profile_id, orders.exchange_rate, orders.order_total_amount,
        orders.ordered_at
),

orders as (
    select
        *,
        order_amount >= order_total_amount as is_refunded,
        {{ at_rate('order_amount', 'exchange_rate') }} as amount
    from given_back
),

items as (
    select
        orders.as_of,
        orders.order_id,
        sum(items.quantity) as units_count
    from {{ ref('order_items') }} as items
    inner join orders
        on
            items.order_id = orders.order_id
            and items.ordered_at < orders.as_of
            and items.ingested_at {{ seen.landed }} orders.as_of
    group by orders.as_of, orders.order_id
)

select
    orders.as_of,
    orders.profile_id,
    sum(orders.amount) as refunded_amount,
    sum(case when orders.is_90d then orders.amount end) as refunded_90d_amount,
    sum(case when orders.is_365d then orders.amount end) as refunded_365d_amount,
    sum(
        case
            when orders.units_count is not null then least(items.units_count, orders.units_count)
            when orders.is_refunded then items.units_count
        end
    ) as returned_units
from orders
left join items on orders.as_of = items.as_of and orders.order_id = items.order_id
group by orders.as_of, orders.profile_id
{%- endmacro %}
