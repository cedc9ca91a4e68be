with

{{ kpis_counted() }},

days as (
    select cast({{ plus_days(as_of(), '-numbers.number') }} as date) as day
    from {{ numbers_below(36525) }} as numbers
),

periods as (
    select
        'day' as period_type,
        day as period_start
    from days
    union
    select
        'week' as period_type,
        cast(date_trunc('week', day) as date) as period_start
    from days
    union
    select
        'month' as period_type,
        cast(date_trunc('month', day) as date) as period_start
    from days
),

begun as (
    select
        metric,
        period_type,
        min(period_start) as first_start
    from counted
    group by metric, period_type
),

-- quiet periods are rows too, from the first with anything in it
filled as (
    select
        begun.metric,
        periods.period_type,
        periods.period_start,
        definitions.counted,
        definitions.is_ratio,
        definitions.settles_days,
        coalesce(counted.numerator, 0) as numerator,
        case when definitions.is_ratio then coalesce(counted.denominator, 0) end as denominator
    from begun
    inner join {{ ref('metric_definitions') }} as definitions on begun.metric = definitions.metric
    inner join periods
        on
            begun.period_type = periods.period_type
            and begun.first_start <= periods.period_start
    left join counted
        on
            begun.metric = counted.metric
            and periods.period_type = counted.period_type
            and periods.period_start = counted.period_start
),

run_up as (
    select
        *,
        sum(numerator) over (
            partition by metric, period_type order by period_start
            rows between unbounded preceding and current row
        ) as running_numerator,
        sum(denominator) over (
            partition by metric, period_type order by period_start
            rows between unbounded preceding and current row
        ) as running_denominator
    from filled
),

settled as (
    select
        metric,
        period_type,
        period_start,
        is_ratio,
        settles_days,
        case when counted = 'running' then running_numerator else numerator end as numerator,
        case when counted = 'running' then running_denominator else denominator end as denominator
    from run_up
)

select
    metric,
    period_type,
    period_start,
    cast(numerator as decimal(28, 4)) as numerator,
    cast(denominator as decimal(28, 4)) as denominator,
    case
        when is_ratio then cast(numerator as double) / nullif(cast(denominator as double), 0)
        else cast(numerator as double)
    end as value,
    {{ plus_days(period_end('period_type', 'period_start'), 'settles_days') }} <= {{ as_of() }} as is_complete
from settled
