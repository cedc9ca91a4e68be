with

origins as (
    select
        as_of,
        people_pct
    from {{ now_and_before(180) }} as given
),

orders as (
    select
        profile_id,
        ordered_at,
        ingested_at,
        cast(ordered_at as date) as order_date
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
),

order_days as (
    select distinct
        origins.as_of,
        orders.profile_id,
        orders.order_date
    from orders
    inner join origins
        on
            orders.ordered_at < origins.as_of
            and orders.ingested_at <= origins.as_of
            and {{ bucket_of('orders.profile_id') }} < origins.people_pct
),

gaps as (
    select
        as_of,
        profile_id,
        order_date,
        {{ days_between(
            'lag(order_date) over (partition by as_of, profile_id order by order_date)', 'order_date'
        ) }} as gap_days
    from order_days
),

outcomes as (
    select
        origins.as_of,
        orders.profile_id,
        min(orders.order_date) as next_order_on
    from orders
    inner join origins
        on
            orders.ordered_at >= origins.as_of
            and orders.ordered_at < {{ as_of() }}
    group by origins.as_of, orders.profile_id
)

select
    gaps.as_of,
    gaps.profile_id,
    max(gaps.order_date) as last_order_on,
    {{ days_between('max(gaps.order_date)', 'cast(gaps.as_of as date)') }} as open_days,
    count(gaps.gap_days) as gaps_count,
    coalesce(sum(gaps.gap_days), 0) as gaps_days,
    -- summed as decimals, which gives the same to the last bit in whatever order the rows come
    cast(coalesce(sum(cast(ln(gaps.gap_days) as decimal(18, 9))), 0) as double) as gaps_log_sum,
    min(outcomes.next_order_on) as next_order_on
from gaps
left join outcomes on gaps.as_of = outcomes.as_of and gaps.profile_id = outcomes.profile_id
group by gaps.as_of, gaps.profile_id
