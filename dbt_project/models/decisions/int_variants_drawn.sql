with

arms as (
    select *
    from {{ ref('experiments') }}
    where kind = 'variants' and status <> 'planned'
),

-- in an experiment of channels are only those who can be reached by each of them
running as (
    select
        experiment,
        phase,
        campaign,
        bool_or(varies = 'channel' and share > 0 and channel = 'email') as needs_email,
        bool_or(varies = 'channel' and share > 0 and channel = 'sms') as needs_sms,
        bool_or(varies = 'channel' and share > 0 and channel is null) as needs_usual
    from arms
    group by experiment, phase, campaign
),

-- the person's number in the experiment and its phase: the smallest over all ids that they ever had
drawn as (
    select
        running.experiment,
        running.phase,
        running.campaign,
        asking.profile_id,
        min({{ share_of("running.experiment || ':' || running.phase || ':' || profile_ids.profile_id") }}) as bucket
    from running
    inner join {{ ref('int_requests_gathered') }} as asking on running.campaign = asking.campaign
    inner join {{ ref('profile_ids') }} as profile_ids on asking.profile_id = profile_ids.current_profile_id
    group by running.experiment, running.phase, running.campaign, asking.profile_id
),

-- who was assigned before stays there, as long as there is such an arm
placed as (
    select
        drawn.experiment,
        drawn.phase,
        drawn.profile_id,
        drawn.bucket,
        coalesce(kept.arm, by_number.arm) as arm
    from drawn
    inner join arms as by_number
        on
            drawn.experiment = by_number.experiment
            and drawn.bucket >= by_number.from_bucket
            and drawn.bucket < by_number.to_bucket
    left join {{ ref('int_assignments_known') }} as known
        on
            drawn.experiment = known.experiment
            and drawn.phase = known.phase
            and drawn.profile_id = known.profile_id
    left join arms as kept on known.experiment = kept.experiment and known.arm = kept.arm
)

select
    running.campaign,
    placed.profile_id,
    placed.experiment,
    placed.arm as variant,
    placed.bucket as variant_bucket,
    arms.content,
    arms.channel as variant_channel,
    arms.send_hour as variant_hour,
    arms.offer,
    running.needs_email,
    running.needs_sms,
    running.needs_usual
from placed
inner join running on placed.experiment = running.experiment
-- who is or would be in an arm that was retired is in none
inner join arms on placed.experiment = arms.experiment and placed.arm = arms.arm and arms.share > 0
