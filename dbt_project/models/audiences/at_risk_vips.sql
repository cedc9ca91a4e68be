with

vips as (
    select profile_id
    from {{ ref('profiles') }}
    where orders_count >= {{ var('vip').orders }} and revenue_amount >= {{ var('vip').revenue_amount }}
)

-- the score decides where there is one; a shop too young for scores falls back on the stage
select
    vips.profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from vips
left join {{ latest_scores('churn') }} as churn on vips.profile_id = churn.profile_id
left join {{ ref('lifecycle') }} as lifecycle on vips.profile_id = lifecycle.profile_id
where
    churn.score >= {{ var('churn_risk') }}
    or (churn.score is null and lifecycle.stage in ('cooling', 'at_risk'))
