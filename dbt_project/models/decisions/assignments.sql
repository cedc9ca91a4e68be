{#- One file, though long: who is drawn, by a run or by the warm worker before it. -#}
{#- what happened cannot be worked out again: not even --full-refresh begins it anew -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

with

experiments as (
    select
        experiment,
        phase,
        campaign,
        kind,
        varies,
        arm,
        is_control,
        from_bucket,
        to_bucket
    from {{ ref('experiments') }}
    where status in ('running', 'watching')
),

-- a list that waits for a person stays as it is, whoever is drawn
waiting as (
    select campaign
    from {{ ref('spikes') }}
    where kind = 'membership'
),

-- nothing but the draw stands between them and the campaign; where the draw says when it goes, the hour is part of it
drawn as (
    select
        decided.*,
        coalesce(decided.reason, 'holdout') = 'holdout' as is_last
    from {{ ref('decisions') }} as decided
    left join waiting on decided.campaign = waiting.campaign
    where
        decided.purpose = 'marketing'
        and waiting.campaign is null
        and coalesce(decided.reason, 'holdout') in ('holdout', 'send_time')
),

-- in everybody's control group nothing of a campaign's own is drawn, and in the campaign's nothing of its variants
wanted as (
    select
        'holdout' as experiment,
        profile_id,
        holdout_bucket as bucket,
        cast(null as varchar) as arm,
        campaign,
        case when kind = 'message' then channel end as channel,
        case when kind = 'message' then message_id end as message_id,
        priority
    from drawn
    where is_last
    union all
    select
        'holdout:' || campaign as experiment,
        profile_id,
        campaign_bucket as bucket,
        cast(null as varchar) as arm,
        campaign,
        case when kind = 'message' then channel end as channel,
        case when kind = 'message' then message_id end as message_id,
        priority
    from drawn
    where is_last and not is_in_global_holdout
    union all
    select
        drawn.experiment,
        drawn.profile_id,
        drawn.variant_bucket as bucket,
        drawn.variant as arm,
        drawn.campaign,
        drawn.channel,
        drawn.message_id,
        drawn.priority
    from drawn
    inner join experiments on drawn.experiment = experiments.experiment and drawn.variant = experiments.arm
    where
        not drawn.is_in_holdout
        and (drawn.is_last or (experiments.varies = 'send_time' and not drawn.is_awaiting_approval))
),

-- the first by priority stands for the assignment
placed as (
    select
        experiments.phase,
        experiments.arm,
        experiments.is_control,
        wanted.experiment,
        wanted.profile_id,
        wanted.bucket,
        wanted.campaign,
        wanted.channel,
        wanted.message_id,
        row_number() over (
            partition by wanted.experiment, wanted.profile_id
            order by wanted.priority asc, wanted.message_id asc
        ) as place
    from wanted
    inner join experiments
        on
            wanted.experiment = experiments.experiment
            and case
                when wanted.arm is not null then wanted.arm = experiments.arm
                else wanted.bucket >= experiments.from_bucket and wanted.bucket < experiments.to_bucket
            end
),

-- of several numbers the smallest is drawn, so that who has several ids is likelier to be in the first arm
counted as (
    select
        current_profile_id,
        count(*) as ids_count
    from {{ ref('profile_ids') }}
    group by current_profile_id
)

-- depends_on: {{ ref('stg_reactive__assignments') }}
{% if is_incremental() %}
,

by_worker as (
    select
        drawn.*,
        coalesce(profile_ids.current_profile_id, drawn.profile_id) as current_profile_id,
        row_number() over (
            partition by drawn.experiment, drawn.phase, coalesce(profile_ids.current_profile_id, drawn.profile_id)
            order by drawn.assigned_at asc, drawn.bucket asc
        ) as place_of_person
    from {{ ref('stg_reactive__assignments') }} as drawn
    left join {{ ref('profile_ids') }} as profile_ids on drawn.profile_id = profile_ids.profile_id
    left join {{ ref('int_assignments_known') }} as known
        on
            drawn.experiment = known.experiment
            and drawn.phase = known.phase
            and coalesce(profile_ids.current_profile_id, drawn.profile_id) = known.profile_id
    where known.profile_id is null
)
{% endif %}

select
    placed.experiment,
    placed.phase,
    placed.profile_id,
    placed.arm,
    placed.is_control,
    placed.bucket,
    {{ as_of() }} as assigned_at,
    placed.campaign,
    placed.channel,
    placed.message_id,
    coalesce(counted.ids_count, 1) as ids_count
from placed
left join counted on placed.profile_id = counted.current_profile_id
-- once for each person, by whatever id
left join {{ ref('int_assignments_known') }} as known
    on
        placed.experiment = known.experiment
        and placed.phase = known.phase
        and placed.profile_id = known.profile_id
{%- if is_incremental() %}
-- nor whom the warm worker drew since the last run
left join by_worker as drawn_before
    on
        placed.experiment = drawn_before.experiment
        and placed.phase = drawn_before.phase
        and placed.profile_id = drawn_before.current_profile_id
{%- endif %}
where
    placed.place = 1 and known.profile_id is null
    {%- if is_incremental() %}
    and drawn_before.profile_id is null
    {%- endif %}
{%- if is_incremental() %}

union all

-- whose draw stands as it was written down before anything was sent
select
    experiment,
    phase,
    profile_id,
    arm,
    is_control,
    bucket,
    assigned_at,
    campaign,
    channel,
    message_id,
    ids_count
from by_worker
where place_of_person = 1
{%- endif %}
