-- with what it was made of written down for the next run; depends_on: {{ ref('int_inputs_known') }}
with

snapshots as (
    select * from {{ ref('int_snapshots') }}
),

horizons as (
    select * from {{ ref('horizons') }}
),

orders as (
    select
        orders.profile_id,
        orders.ordered_at,
        orders.net_amount
    from {{ ref('orders') }} as orders
    inner join {{ ref('int_people_sampled') }} as people on orders.profile_id = people.profile_id
    cross join horizons
    where orders.is_paid and orders.ordered_at < horizons.as_of
),

outcomes as (
    select
        snapshots.as_of,
        snapshots.profile_id,
        min(orders.ordered_at) as next_order_at,
        count(case when orders.ordered_at < {{ plus_days('snapshots.as_of', 90) }} then 1 end) as orders_count,
        sum(
            case when orders.ordered_at < {{ plus_days('snapshots.as_of', 90) }} then orders.net_amount end
        ) as revenue_amount
    from snapshots
    inner join orders
        on
            snapshots.profile_id = orders.profile_id
            and snapshots.as_of <= orders.ordered_at
    group by snapshots.as_of, snapshots.profile_id
)

select
    snapshots.as_of,
    horizons.horizon_days,
    snapshots.profile_id,
    {{ features_of('snapshots') }},
    outcomes.next_order_at,
    coalesce(outcomes.orders_count, 0) as next_90d_orders_count,
    cast(coalesce(outcomes.revenue_amount, 0) as double) as next_90d_revenue_amount
from snapshots
cross join horizons
left join outcomes
    on
        snapshots.as_of = outcomes.as_of
        and snapshots.profile_id = outcomes.profile_id
