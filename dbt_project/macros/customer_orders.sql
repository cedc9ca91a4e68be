{#- What people ordered and paid for before each origin; one row per origin and person. A part of customer_features. -#}
{% macro customer_orders(seen) -%}
with

orders as (
    select
        origins.as_of,
        orders.profile_id,
        orders.ordered_at,
        orders.total_amount,
        orders.discount_amount,
        {%- for days in [30, 90, 180, 365] %}
        {{ in_last(days, 'orders.ordered_at') }} as is_{{ days }}d{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('orders') }} as orders
    {{ seen_at(seen, 'orders', 'ordered_at') }}
    where orders.is_paid and orders.profile_id is not null
),

-- an order without an exchange rate has no amounts
grouped as (
    select
        as_of,
        profile_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) as orders_count,
        {{ days_of('ordered_at') }} as order_days,
        {%- for days in [30, 90, 180, 365] %}
        count(case when is_{{ days }}d then 1 end) as orders_{{ days }}d,
        {%- endfor %}
        coalesce(sum(total_amount), 0) as paid_amount,
        coalesce(sum(case when is_90d then total_amount end), 0) as paid_90d_amount,
        coalesce(sum(case when is_365d then total_amount end), 0) as paid_365d_amount,
        {{ last_said('total_amount', 'ordered_at') }} as last_order_amount,
        coalesce(sum(discount_amount), 0) as discount_amount,
        count(case when discount_amount > 0 then 1 end) as discount_orders_count
    from orders
    group by as_of, profile_id
)

select
    as_of,
    profile_id,
    first_order_at,
    last_order_at,
    orders_count,
    {{ different_days(('order_days')) }} as order_days_count,
    {{ last_gap('order_days') }} as last_gap_days,
    {{ sum_of_gaps('order_days') }} as gaps_days,
    {{ sum_of_squared_gaps('order_days') }} as squared_gaps,
    {%- for days in [30, 90, 180, 365] %}
    orders_{{ days }}d,
    {%- endfor %}
    paid_amount,
    paid_90d_amount,
    paid_365d_amount,
    last_order_amount,
    discount_amount,
    discount_orders_count
from grouped
{%- endmacro %}

{#- The standard deviation of gaps from their number, sum and sum of squares, which are whole numbers; NULL of fewer than two. -#}
{% macro sd_of_gaps(number, total, squared) -%}
    case
        when {{ number }} >= 2
            then sqrt(greatest(0, {{ squared }} - {{ total }} * {{ total }} / cast({{ number }} as double)) / ({{ number }} - 1))
    end
{%- endmacro %}
