{#- One file, though a little long: every way in which somebody was reached whom the draw was to spare. -#}
with

subjects as (
    select
        experiment,
        phase,
        subject_id,
        profile_id,
        arm,
        is_control,
        assigned_at,
        campaign,
        {{ plus_days('assigned_at', 'outcome_days') }} as closes_at
    from {{ ref('int_subjects_drawn') }}
    where profile_id is not null
),

-- whose control got nothing of it: of its own campaign, or of all that people are drawn for
controls as (
    select * from subjects
    where is_control and {{ is_holdout('experiment') }}
),

-- what came back reached nobody
messages as (
    select
        message_id,
        campaign,
        experiment,
        variant,
        profile_id,
        channel,
        sent_at
    from ({{ messages_drawn_for() }}) as drawn_for
    where bounced_at is null and profile_id is not null
),

got as (
    select
        controls.experiment,
        controls.phase,
        controls.subject_id
    from controls
    inner join messages
        on
            controls.profile_id = messages.profile_id
            and controls.assigned_at <= messages.sent_at
            and controls.closes_at >= messages.sent_at
    where controls.experiment = 'holdout' or controls.campaign = messages.campaign

    union all

    -- of variants: what another arm was to get
    select
        subjects.experiment,
        subjects.phase,
        subjects.subject_id
    from subjects
    inner join messages
        on
            subjects.profile_id = messages.profile_id
            and subjects.experiment = messages.experiment
            and subjects.assigned_at <= messages.sent_at
            and subjects.closes_at >= messages.sent_at
            and subjects.arm <> messages.variant
),

addresses as (
    select
        profile_id,
        channel,
        address,
        is_main
    from {{ ref('addresses') }}
    where is_shared
),

-- who else is behind an address of a control person
sharing as (
    select
        own.profile_id,
        own.channel,
        own.address,
        others.profile_id as other_profile_id,
        others.is_main
    from addresses as own
    inner join addresses as others
        on
            own.channel = others.channel
            and own.address = others.address
            and own.profile_id <> others.profile_id
),

met as (
    select
        controls.experiment,
        controls.phase,
        controls.subject_id,
        sharing.channel,
        sharing.address,
        sharing.is_main,
        messages.message_id
    from controls
    inner join sharing on controls.profile_id = sharing.profile_id
    inner join messages
        on
            sharing.other_profile_id = messages.profile_id
            and sharing.channel = messages.channel
            and controls.assigned_at <= messages.sent_at
            and controls.closes_at >= messages.sent_at
    where controls.experiment = 'holdout' or controls.campaign = messages.campaign
),

-- where it went, as the provider tells; else it is taken to have gone to the main address
told as (
    select distinct
        engagements.message_id,
        engagements.address
    from {{ ref('stg_feedback__engagements') }} as engagements
    inner join met on engagements.message_id = met.message_id
    where engagements.address is not null
),

told_of as (
    select distinct message_id from told
),

shared as (
    select
        met.experiment,
        met.phase,
        met.subject_id
    from met
    left join told on met.message_id = told.message_id and met.address = told.address
    left join told_of on met.message_id = told_of.message_id
    where told.message_id is not null or (told_of.message_id is null and met.is_main)
)

select
    experiment,
    phase,
    subject_id,
    min(because) as because
from (
    select
        *,
        'got_it_anyway' as because
    from got
    union all
    select
        *,
        'shared_address' as because
    from shared
) as reached
group by experiment, phase, subject_id
