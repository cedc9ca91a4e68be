with

moves as (
    select
        cast(changed_at as date) as counted_date,
        count(case when to_stage <> 'lapsed' then 1 end) as joined_count,
        count(case when to_stage = 'lapsed' then 1 end) as lapsed_count
    from {{ ref('lifecycle_changes') }}
    where from_stage in ('lead', 'lapsed') or to_stage = 'lapsed'
    group by cast(changed_at as date)
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
        coalesce(moves.joined_count, 0) as joined_count,
        coalesce(moves.lapsed_count, 0) as lapsed_count
    from days
    inner join begun on days.counted_date >= begun.first_date
    left join moves on days.counted_date = moves.counted_date
)

select
    counted_date,
    cast(joined_count as bigint) as joined_count,
    cast(lapsed_count as bigint) as lapsed_count,
    cast(
        sum(joined_count - lapsed_count) over (order by counted_date) - joined_count + lapsed_count as bigint
    ) as active_count
from filled
