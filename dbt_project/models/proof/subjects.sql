with

drawn as (
    select
        *,
        {{ plus_days('assigned_at', 'outcome_days') }} as closes_at
    from {{ ref('int_subjects_drawn') }}
),

segments as (
    select
        profile_id,
        month,
        segment
    from {{ ref('rfm_history') }}
),

stages as (
    select
        profile_id,
        to_stage as stage,
        changed_at,
        lead(changed_at) over (partition by profile_id order by changed_at) as changed_again_at
    from {{ ref('lifecycle_changes') }}
)

select
    drawn.experiment,
    drawn.phase,
    drawn.subject_id,
    drawn.profile_id,
    drawn.arm,
    drawn.is_control,
    drawn.campaign,
    drawn.channel,
    drawn.assigned_at,
    drawn.outcome_days,
    drawn.closes_at,
    -- of a unit of the past that matches nobody there is only what its file says
    drawn.is_told or (drawn.closes_at <= {{ as_of() }} and drawn.profile_id is not null) as is_closed,
    drawn.is_told,
    drawn.is_drawn_alone,
    drawn.is_merged or reached.subject_id is not null as is_contaminated,
    case when drawn.is_merged then 'merged_arms' else reached.because end as contaminated_because,
    drawn.imported_segment,
    -- of the end of the month before, and the stage of that instant: nothing that a message brought is in them
    case when drawn.profile_id is not null then coalesce(segments.segment, 'none') end as segment,
    case when drawn.profile_id is not null then coalesce(stages.stage, 'lead') end as stage
from drawn
left join {{ ref('int_controls_reached') }} as reached
    on
        drawn.experiment = reached.experiment
        and drawn.phase = reached.phase
        and drawn.subject_id = reached.subject_id
left join segments
    on
        drawn.profile_id = segments.profile_id
        and segments.month = {{ month_before('drawn.assigned_at') }}
left join stages
    on
        drawn.profile_id = stages.profile_id
        and drawn.assigned_at >= stages.changed_at
        and (stages.changed_again_at is null or drawn.assigned_at < stages.changed_again_at)
