with

-- a customer is active from an order until so long after the last one
moves as (
    select
        cast(ordered_at as date) as counted_date,
        count(*) as joined_count,
        0 as lapsed_count
    from {{ ref('orders') }}
    where
        order_number = 1
        or {{ plus_days('previous_ordered_at', var('lapsed_after_days')) }} <= ordered_at
    group by cast(ordered_at as date)
    union all
    select
        cast({{ plus_days('previous_ordered_at', var('lapsed_after_days')) }} as date) as counted_date,
        0 as joined_count,
        count(*) as lapsed_count
    from {{ ref('orders') }}
    where {{ plus_days('previous_ordered_at', var('lapsed_after_days')) }} <= ordered_at
    group by cast({{ plus_days('previous_ordered_at', var('lapsed_after_days')) }} as date)
    union all
    select
        cast({{ plus_days('last_order_at', var('lapsed_after_days')) }} as date) as counted_date,
        0 as joined_count,
        count(*) as lapsed_count
    from {{ ref('profiles') }}
    where {{ plus_days('last_order_at', var('lapsed_after_days')) }} <= {{ as_of() }}
    group by cast({{ plus_days('last_order_at', var('lapsed_after_days')) }} as date)
),

begun as (
    select min(counted_date) as first_date from moves
),

days as (
    select cast({{ plus_days(as_of(), '-numbers.number') }} as date) as counted_date
    from {{ numbers_below(36525) }} as numbers
),

filled as (
    select
        days.counted_date,
        coalesce(sum(moves.joined_count), 0) as joined_count,
        coalesce(sum(moves.lapsed_count), 0) as lapsed_count
    from days
    inner join begun on days.counted_date >= begun.first_date
    left join moves on days.counted_date = moves.counted_date
    group by days.counted_date
)

select
    counted_date,
    cast(joined_count as bigint) as joined_count,
    cast(lapsed_count as bigint) as lapsed_count,
    cast(
        sum(joined_count - lapsed_count) over (order by counted_date) - joined_count + lapsed_count as bigint
    ) as active_count
from filled
