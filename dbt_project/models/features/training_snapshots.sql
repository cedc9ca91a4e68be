with

-- the latest origin whose horizon is over, and three days more for late rows; five before it, 30 days apart
origins as (
    select
        {{ plus_days('horizons.as_of', '-(horizons.horizon_days + 3 + 30 * numbers.number)') }} as as_of,
        horizons.horizon_days
    from {{ ref('horizons') }} as horizons
    cross join {{ numbers_below(6) }} as numbers
),

features as (
    {{ customer_features('origins') }}
),

orders as (
    select
        profile_id,
        ordered_at
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
),

outcomes as (
    select
        origins.as_of,
        orders.profile_id,
        min(orders.ordered_at) as next_order_at
    from origins
    inner join orders
        on
            origins.as_of <= orders.ordered_at
            and {{ plus_days('origins.as_of', 'origins.horizon_days') }} > orders.ordered_at
    group by origins.as_of, orders.profile_id
)

select
    features.as_of,
    features.horizon_days,
    features.profile_id,
    features.recency_days,
    features.tenure_days,
    features.orders_count,
    features.orders_90d,
    features.orders_365d,
    features.revenue_amount,
    features.avg_order_amount,
    features.mean_gap_days,
    features.gap_ratio,
    features.discount_share,
    features.refund_share,
    features.sessions_30d,
    features.views_30d,
    features.carts_30d,
    features.days_since_session,
    features.category_count,
    coalesce(outcomes.next_order_at < {{ plus_days('features.as_of', 30) }}, false) as did_order_30d,
    outcomes.next_order_at is not null as did_order_in_horizon
from features
left join outcomes
    on
        features.as_of = outcomes.as_of
        and features.profile_id = outcomes.profile_id
