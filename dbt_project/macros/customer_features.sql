{#- What was known of every customer at each of several instants: one row per person with a paid order and per row of
    `origins`, a relation of (as_of, horizon_days). Every input is taken only where it had happened before as_of and had
    been landed by then, so rows that come later change nothing; training and scoring call the same macro. Who a person
    is and what category a product has are taken as known now; whether an order was paid, as it stands now.
    All origins are computed at once, by plain joins. -#}
{% macro customer_features(origins) -%}
with

orders as (
    select
        origins.as_of,
        orders.order_id,
        orders.profile_id,
        orders.ordered_at,
        orders.total_amount,
        orders.discount_amount,
        orders.exchange_rate
    from {{ ref('orders') }} as orders
    inner join {{ origins }} as origins
        on
            orders.ordered_at < origins.as_of
            and orders.ingested_at <= origins.as_of
    where orders.is_paid and orders.profile_id is not null
),

ordered as (
    select
        as_of,
        profile_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        count(*) as orders_count,
        count(case when ordered_at >= {{ plus_days('as_of', -90) }} then 1 end) as orders_90d,
        count(case when ordered_at >= {{ plus_days('as_of', -365) }} then 1 end) as orders_365d,
        -- an order without an exchange rate has no amounts
        coalesce(sum(total_amount), 0) as paid_amount,
        coalesce(sum(discount_amount), 0) as discount_amount
    from orders
    group by as_of, profile_id
),

refunded as (
    select
        orders.as_of,
        orders.profile_id,
        sum({{ at_rate('refunds.amount', 'orders.exchange_rate') }}) as refunded_amount
    from {{ ref('stg_all__refunds') }} as refunds
    inner join orders
        on
            refunds.order_id = orders.order_id
            and refunds.refunded_at < orders.as_of
            and refunds.ingested_at <= orders.as_of
    group by orders.as_of, orders.profile_id
),

assorted as (
    select
        origins.as_of,
        items.profile_id,
        count(distinct items.category) as category_count
    from {{ ref('order_items') }} as items
    inner join {{ origins }} as origins
        on
            items.ordered_at < origins.as_of
            and items.ingested_at <= origins.as_of
    where items.is_paid and items.profile_id is not null
    group by origins.as_of, items.profile_id
),

visited as (
    {{ customer_visits(origins) }}
),

-- that nobody came says something only where all 30 days were watched
watched as (
    select origins.as_of
    from {{ ref('stg_all__events') }} as events
    inner join {{ origins }} as origins
        on
            events.event_at <= {{ plus_days('origins.as_of', -30) }}
            and events.event_at >= {{ plus_days('origins.as_of', -365) }}
            and events.ingested_at <= origins.as_of
    group by origins.as_of
),

measured as (
    select
        ordered.as_of,
        ordered.profile_id,
        ordered.orders_count,
        ordered.orders_90d,
        ordered.orders_365d,
        -- summed as decimals, which gives the same to the last bit in whatever order the rows come
        cast(ordered.paid_amount as double) as paid_amount,
        cast(ordered.discount_amount as double) as discount_amount,
        cast(coalesce(refunded.refunded_amount, 0) as double) as refunded_amount,
        {{ days_between('ordered.last_order_at', 'ordered.as_of') }} as recency_days,
        {{ days_between('ordered.first_order_at', 'ordered.as_of') }} as tenure_days,
        {{ days_between('ordered.first_order_at', 'ordered.last_order_at') }}
        / nullif(cast(ordered.orders_count - 1 as double), 0) as mean_gap_days,
        nullif(assorted.category_count, 0) as category_count,
        case when watched.as_of is not null then visited.last_event_at end as last_event_at,
        case when watched.as_of is not null then coalesce(visited.sessions_30d, 0) end as sessions_30d,
        case when watched.as_of is not null then coalesce(visited.views_30d, 0) end as views_30d,
        case when watched.as_of is not null then coalesce(visited.carts_30d, 0) end as carts_30d
    from ordered
    left join refunded on ordered.as_of = refunded.as_of and ordered.profile_id = refunded.profile_id
    left join assorted on ordered.as_of = assorted.as_of and ordered.profile_id = assorted.profile_id
    left join visited on ordered.as_of = visited.as_of and ordered.profile_id = visited.profile_id
    left join watched on ordered.as_of = watched.as_of
)

select
    measured.as_of,
    origins.horizon_days,
    measured.profile_id,
    measured.recency_days,
    measured.tenure_days,
    measured.orders_count,
    measured.orders_90d,
    measured.orders_365d,
    measured.paid_amount - measured.refunded_amount as revenue_amount,
    measured.paid_amount / measured.orders_count as avg_order_amount,
    measured.mean_gap_days,
    measured.recency_days / nullif(measured.mean_gap_days, 0) as gap_ratio,
    measured.discount_amount / nullif(measured.paid_amount + measured.discount_amount, 0) as discount_share,
    measured.refunded_amount / nullif(measured.paid_amount, 0) as refund_share,
    cast(measured.sessions_30d as bigint) as sessions_30d,
    cast(measured.views_30d as bigint) as views_30d,
    cast(measured.carts_30d as bigint) as carts_30d,
    {{ days_between('measured.last_event_at', 'measured.as_of') }} as days_since_session,
    measured.category_count
from measured
inner join {{ origins }} as origins on measured.as_of = origins.as_of
{%- endmacro %}
