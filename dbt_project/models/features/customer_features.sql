with

origins as (
    select
        as_of,
        horizon_days
    from {{ ref('horizons') }}
),

features as (
    {{ customer_features('origins') }}
)

select
    as_of,
    horizon_days,
    profile_id,
    recency_days,
    tenure_days,
    orders_count,
    orders_90d,
    orders_365d,
    revenue_amount,
    avg_order_amount,
    mean_gap_days,
    gap_ratio,
    discount_share,
    refund_share,
    sessions_30d,
    views_30d,
    carts_30d,
    days_since_session,
    category_count
from features
