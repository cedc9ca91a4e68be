with

attempts as (
    select
        *,
        row_number() over (partition by message_id order by attempt_number desc) = 1 as is_last
    from {{ ref('stg_feedback__attempts') }}
),

deliveries as (
    select * from {{ ref('stg_feedback__deliveries') }}
),

ids as (
    select * from {{ ref('profile_ids') }}
)

select
    attempts.message_id,
    attempts.attempt_number,
    deliveries.campaign,
    coalesce(ids.current_profile_id, deliveries.profile_id) as profile_id,
    deliveries.channel,
    deliveries.destination,
    attempts.worker,
    attempts.started_at,
    attempts.finished_at,
    attempts.outcome,
    attempts.code as reason,
    attempts.detail,
    attempts.attempt_number > 1 as is_retried,
    -- what a message comes to is said by the last time that it was tried, and by what a person decided since
    case
        when not attempts.is_last then 'tried again'
        when deliveries.status = 'pending' then 'goes with the next run, if it is decided on again'
        when deliveries.status = 'unknown' then 'waits for a person'
        when deliveries.status = 'sending' then 'is looked into by the next run'
        else 'nothing'
    end as next_step
from attempts
left join deliveries on attempts.message_id = deliveries.message_id
left join ids on deliveries.profile_id = ids.profile_id
