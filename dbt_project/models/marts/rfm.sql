with

orders as (
    select * from {{ ref('orders') }}
),

segments as (
    select * from {{ ref('rfm_segments') }}
),

customers as (
    select
        profile_id,
        max(ordered_at) as last_order_at,
        count(*) as orders_count,
        sum(net_amount) as revenue_amount
    from orders
    where is_paid and profile_id is not null
    group by profile_id
),

-- recency counts in days: whoever bought on the same day is equally recent
scored as (
    select
        *,
        {{ quintile('cast(last_order_at as date)') }} as r_score,
        {{ quintile('orders_count') }} as f_score,
        {{ quintile('revenue_amount') }} as m_score
    from customers
)

select
    scored.profile_id,
    {{ as_of() }} as as_of,
    scored.last_order_at,
    scored.orders_count,
    scored.revenue_amount,
    scored.r_score,
    scored.f_score,
    scored.m_score,
    segments.rfm_score,
    segments.segment
from scored
left join segments
    on
        scored.r_score = segments.r_score
        and scored.f_score = segments.f_score
        and scored.m_score = segments.m_score
