with

definitions as (
    select * from {{ ref('metric_definitions') }}
),

complete as (
    select
        metric,
        period_type,
        period_start,
        denominator,
        value
    from {{ ref('metrics') }}
    where is_complete and period_type in ('day', 'week')
),

latest_starts as (
    select
        metric,
        period_type,
        max(period_start) as period_start
    from complete
    group by metric, period_type
),

latest as (
    select
        complete.*,
        nullif(cast(complete.denominator as double), 0) as cases
    from complete
    inner join latest_starts
        on
            complete.metric = latest_starts.metric
            and complete.period_type = latest_starts.period_type
            and complete.period_start = latest_starts.period_start
),

-- a Monday is compared with Mondays, a week with weeks
before as (
    select
        latest.metric,
        latest.period_type,
        earlier.value,
        earlier.denominator
    from latest
    cross join {{ numbers_below(8) }} as weeks
    inner join complete as earlier
        on
            latest.metric = earlier.metric
            and latest.period_type = earlier.period_type
            and earlier.period_start = cast({{ plus_days('latest.period_start', '-7 * (weeks.number + 1)') }} as date)
    where earlier.value is not null
),

middles as (
    select
        metric,
        period_type,
        count(*) as periods_count,
        count(case when value <> 0 then 1 end) as busy_periods_count,
        percentile_cont(0.5) within group (order by value) as usual_value,
        percentile_cont(0.5) within group (order by denominator) as usual_denominator
    from before
    group by metric, period_type
),

-- the median distance from the median, scaled to a standard deviation: one odd week does not widen it
spreads as (
    select
        before.metric,
        before.period_type,
        1.4826 * percentile_cont(0.5) within group (order by abs(before.value - middles.usual_value)) as usual_spread
    from before
    inner join middles on before.metric = middles.metric and before.period_type = middles.period_type
    group by before.metric, before.period_type
),

-- no band is narrower than chance alone makes it, or than a twentieth of the value
judged as (
    select
        latest.metric,
        latest.period_type,
        latest.period_start,
        definitions.label,
        definitions.unit,
        latest.value,
        middles.usual_value,
        greatest(
            spreads.usual_spread,
            0.05 * abs(middles.usual_value),
            case
                when definitions.unit = 'count' and not definitions.is_ratio then sqrt(abs(middles.usual_value))
                when definitions.unit = 'share'
                    then sqrt(greatest(middles.usual_value * (1 - middles.usual_value), 0) / latest.cases)
                when definitions.unit = 'score' then 100 / sqrt(latest.cases)
                else 0
            end
        ) as spread,
        (latest.value < middles.usual_value) = (definitions.better = 'up') as is_worse
    from latest
    inner join definitions on latest.metric = definitions.metric
    inner join middles on latest.metric = middles.metric and latest.period_type = middles.period_type
    inner join spreads on latest.metric = spreads.metric and latest.period_type = spreads.period_type
    where
        latest.value is not null
        and middles.busy_periods_count >= 6
        and case
            when definitions.is_ratio then least(latest.denominator, middles.usual_denominator) >= 100
            when definitions.unit = 'count' then middles.usual_value >= 30
            else true
        end
),

odd as (
    select
        *,
        round((value - usual_value) / spread, 2) as spreads_away,
        case when is_worse and abs(value - usual_value) >= 4 * spread then 'warn' else 'info' end as severity
    from judged
    where abs(value - usual_value) >= 3 * spread and spread > 0
)

select
    metric,
    period_type,
    period_start,
    severity,
    value,
    usual_value,
    spread,
    spreads_away,
    label
    || case period_type when 'day' then ' on ' else ' in the week of ' end || cast(period_start as varchar)
    || ': ' || {{ metric_said('value', 'unit') }} || ', usually ' || {{ metric_said('usual_value', 'unit') }}
    || case period_type when 'day' then ' on that weekday.' else ' a week.' end as sentence
from odd
