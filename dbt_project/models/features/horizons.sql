with

gaps as (
    select gap_days
    from {{ ref('orders') }}
    where gap_days is not null
)

-- a shop where nobody has come back yet gets the longest horizon
select
    {{ as_of() }} as as_of,
    cast(
        least(180, greatest(60, coalesce(percentile_cont(0.8) within group (order by gap_days), 180))) as integer
    ) as horizon_days,
    count(*) as gaps_count
from gaps
