with

profiles as (
    select
        profile_id,
        coalesce(signed_up_at, first_seen_at) as known_since_at
    from {{ ref('profiles') }}
),

customers as (
    select
        *,
        case
            when lapses_at <= {{ as_of() }} then 'lapsed'
            when at_risk_at <= {{ as_of() }} then 'at_risk'
            when cools_at <= {{ as_of() }} then 'cooling'
            when stage = 'won_back' and settles_at <= {{ as_of() }} then 'active'
            else stage
        end as stage_now
    from {{ ref('int_customer_stages') }}
),

staged as (
    select
        profiles.profile_id,
        profiles.known_since_at,
        customers.purchases_count,
        customers.last_order_at,
        customers.typical_gap_days,
        customers.stage,
        customers.stage_before,
        customers.active_since_at,
        customers.before_active,
        customers.settles_at,
        customers.cools_at,
        customers.at_risk_at,
        customers.lapses_at,
        visits.visits_count,
        visits.first_considered_at,
        coalesce(customers.stage_now, 'lead') as stage_held
    from profiles
    left join customers on profiles.profile_id = customers.profile_id
    left join {{ ref('int_customer_visits') }} as visits on profiles.profile_id = visits.profile_id
)

select
    profile_id,
    stage_held as stage,
    case stage_held
        when 'lead' then known_since_at
        when 'active' then active_since_at
        when 'cooling' then cools_at
        when 'at_risk' then at_risk_at
        when 'lapsed' then lapses_at
        else last_order_at
    end as since_at,
    case stage_held
        when 'active' then before_active
        when 'cooling' then case when stage = 'new' then 'new' else 'active' end
        when 'at_risk' then 'cooling'
        when 'lapsed' then 'at_risk'
        else stage_before
    end as previous_stage,
    case stage_held
        when 'won_back' then 'active'
        when 'new' then 'cooling'
        when 'active' then 'cooling'
        when 'cooling' then 'at_risk'
        when 'at_risk' then 'lapsed'
    end as next_stage,
    case stage_held
        when 'won_back' then settles_at
        when 'new' then cools_at
        when 'active' then cools_at
        when 'cooling' then at_risk_at
        when 'at_risk' then lapses_at
    end as next_change_at,
    typical_gap_days,
    case
        when purchases_count >= {{ var('lifecycle').loyal_orders }} then 'loyalty'
        when purchases_count > 1 then 'retention'
        when purchases_count = 1 then 'purchase'
        when first_considered_at is not null then 'consideration'
        when visits_count > 0 then 'interest'
        else 'awareness'
    end as journey_stage
from staged
