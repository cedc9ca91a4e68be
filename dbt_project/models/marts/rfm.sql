with

customers as (
    select
        profile_id,
        cast(date_trunc('month', {{ as_of() }}) as date) as month,
        cast({{ as_of() }} as date) as moment_date,
        last_order_at,
        cast(last_order_at as date) as last_order_date,
        total_orders_count as orders_count,
        total_net_amount as revenue_amount
    from {{ ref('int_customer_months') }}
    where until_month is null
),

cuts as (
    {{ rfm_cuts('customers') }}
),

-- recency counts in days: whoever bought on the same day is equally recent
scored as (
    select
        customers.*,
        {{ rfm_score('customers.last_order_date', 'cuts.recency_cuts') }} as r_score,
        {{ rfm_score('customers.orders_count', 'cuts.orders_cuts') }} as f_score,
        {{ rfm_score('customers.revenue_amount', 'cuts.revenue_cuts') }} as m_score
    from customers
    cross join cuts
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
left join {{ ref('rfm_segments') }} as segments
    on
        scored.r_score = segments.r_score
        and scored.f_score = segments.f_score
        and scored.m_score = segments.m_score
