with

regulars as (
    select
        profile_id,
        segment
    from {{ ref('rfm') }}
    where orders_count >= 3
)

-- the score decides where there is one; a shop too young for scores falls back on the segment
select
    regulars.profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from regulars
left join {{ latest_scores('churn') }} as churn on regulars.profile_id = churn.profile_id
where
    churn.score >= {{ var('churn_risk') }}
    or (churn.score is null and regulars.segment in ('at_risk', 'cannot_lose'))
