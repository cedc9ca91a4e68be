{{ config(materialized='view') }}

with

ids as (
    select
        profile_id,
        current_profile_id
    from {{ ref('profile_ids') }}
),

-- every decision on every request, when it changed
decided as (
    select
        profile_id,
        decided_at as happened_at,
        'decided' as happening,
        outcome,
        campaign,
        message_id,
        kind,
        channel,
        because,
        rule_version,
        model_versions
    from {{ ref('decision_history') }}
),

-- what was allowed and stopped in the last moment
withheld as (
    select
        profile_id,
        withheld_at as happened_at,
        'withheld' as happening,
        reason as outcome,
        campaign,
        message_id,
        'message' as kind,
        channel,
        'seen in the moment before it was to be sent' as because,
        cast(null as varchar) as rule_version,
        cast(null as varchar) as model_versions
    from {{ ref('stg_feedback__withheld') }}
),

handed_over as (
    select
        profile_id,
        coalesce(finished_at, claimed_at) as happened_at,
        'handed over' as happening,
        status as outcome,
        campaign,
        message_id,
        'message' as kind,
        channel,
        error_code as because,
        cast(null as varchar) as rule_version,
        cast(null as varchar) as model_versions
    from {{ ref('stg_feedback__deliveries') }}
),

-- what came of it; a message of the provider's own has no campaign here
answered as (
    select
        engagements.profile_id,
        engagements.occurred_at as happened_at,
        'answered' as happening,
        engagements.status as outcome,
        deliveries.campaign,
        engagements.message_id,
        'message' as kind,
        engagements.channel,
        case when engagements.is_machine then 'a machine, not the person' end as because,
        cast(null as varchar) as rule_version,
        cast(null as varchar) as model_versions
    from {{ ref('profile_engagements') }} as engagements
    left join {{ ref('stg_feedback__deliveries') }} as deliveries on engagements.message_id = deliveries.message_id
    -- an address of several people says of nobody who read
    where
        engagements.profile_id is not null
        and (engagements.status <> 'sent' or deliveries.message_id is null)
),

happened as (
    select * from decided
    union all
    select * from withheld
    union all
    select * from handed_over
    union all
    select * from answered
)

select
    coalesce(ids.current_profile_id, happened.profile_id) as profile_id,
    happened.happened_at,
    happened.happening,
    happened.outcome,
    happened.campaign,
    happened.message_id,
    happened.kind,
    happened.channel,
    happened.because,
    happened.rule_version,
    happened.model_versions
from happened
left join ids on happened.profile_id = ids.profile_id
