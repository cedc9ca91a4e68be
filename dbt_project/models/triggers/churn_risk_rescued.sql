with

-- the day on which the risk rose over the border, with the one before; a score that was always high is no news
scored as (
    select
        profile_id,
        as_of as scored_at,
        score,
        lag(score) over (partition by profile_id order by as_of) as score_before,
        row_number() over (partition by profile_id order by as_of desc) as days_ago
    from {{ scores_of_last_days('churn', days=14) }} as churn
),

risen as (
    select
        profile_id,
        max(case when score >= {{ var('churn_risk') }} and score_before < {{ var('churn_risk') }} then scored_at end)
            as occurred_at
    from scored
    group by profile_id
    having max(case when days_ago = 1 then score end) >= {{ var('churn_risk') }}
)

-- while they still are in their own time: whoever is later is win_back's
select
    risen.profile_id,
    risen.occurred_at,
    cast(profiles.last_order_at as varchar) as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from risen
inner join {{ ref('profiles') }} as profiles on risen.profile_id = profiles.profile_id
inner join {{ ref('lifecycle') }} as lifecycle on risen.profile_id = lifecycle.profile_id
where
    risen.occurred_at > {{ plus_days(as_of(), -7) }}
    and profiles.orders_count >= 2
    and lifecycle.stage in ('active', 'won_back', 'cooling')
    and profiles.last_order_at <= {{ plus_days(as_of(), -var('come_back_after_days')) }}
    and {{ is_still_written_to('risen.profile_id') }}
