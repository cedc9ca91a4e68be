with

-- today's person of every id; who is erased has no records any more, and is not here
people as (
    select
        profile_id,
        current_profile_id
    from {{ ref('profile_ids') }}
    where component_key is not null
),

several as (
    select current_profile_id
    from people
    group by current_profile_id
    having count(*) > 1
),

declared as (
    select
        experiment,
        max(outcome_days) as outcome_days
    from {{ ref('experiments') }}
    group by experiment
),

assigned as (
    select
        assignments.experiment,
        assignments.phase,
        people.current_profile_id as profile_id,
        assignments.arm,
        assignments.is_control,
        assignments.bucket,
        assignments.assigned_at,
        assignments.campaign,
        assignments.channel,
        coalesce(assignments.ids_count, 1) = 1 as is_drawn_alone,
        several.current_profile_id is not null as is_several
    from {{ ref('assignments') }} as assignments
    inner join people on assignments.profile_id = people.profile_id
    left join several on people.current_profile_id = several.current_profile_id
    where assignments.assigned_at <= {{ as_of() }}
),

-- the log has everybody once; only who was several before may be there more often, and their first assignment holds
placed as (
    select
        *,
        row_number() over (
            partition by experiment, phase, profile_id
            order by assigned_at, bucket, arm
        ) as place,
        min(arm) over (partition by experiment, phase, profile_id)
        <> max(arm) over (partition by experiment, phase, profile_id) as is_merged
    from assigned
    where is_several
),

own as (
    select
        experiment,
        phase,
        profile_id,
        arm,
        is_control,
        assigned_at,
        campaign,
        channel,
        is_drawn_alone,
        false as is_merged
    from assigned
    where not is_several
    union all
    select
        experiment,
        phase,
        profile_id,
        arm,
        is_control,
        assigned_at,
        campaign,
        channel,
        is_drawn_alone,
        is_merged
    from placed
    where place = 1
)

select
    own.experiment,
    own.phase,
    own.profile_id as subject_id,
    own.profile_id,
    own.arm,
    own.is_control,
    own.assigned_at,
    own.campaign,
    -- a list has none
    coalesce(own.channel, 'none') as channel,
    cast(null as varchar) as imported_segment,
    false as is_told,
    own.is_drawn_alone,
    own.is_merged,
    cast(coalesce(declared.outcome_days, {{ var('experiments').measure.days }}) as bigint) as outcome_days
from own
left join declared on own.experiment = declared.experiment

union all

select
    experiment,
    'test' as phase,
    unit_id as subject_id,
    profile_id,
    arm,
    is_control,
    assigned_at,
    cast(null as varchar) as campaign,
    cast(null as varchar) as channel,
    segment as imported_segment,
    is_told,
    true as is_drawn_alone,
    is_merged,
    cast(coalesce(outcome_days, {{ var('experiments').measure.days }}) as bigint) as outcome_days
from {{ ref('int_past_units_matched') }}
