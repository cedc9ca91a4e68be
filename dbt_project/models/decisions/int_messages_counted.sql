with

-- what may have reached the person counts as sent, an answer that was lost included
sent as (
    select
        profile_ids.current_profile_id as profile_id,
        deliveries.channel,
        coalesce(deliveries.finished_at, deliveries.claimed_at) as sent_at
    from {{ ref('stg_feedback__deliveries') }} as deliveries
    inner join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
    where deliveries.status in ('accepted', 'unknown', 'sending')
)

select
    profile_id,
    max(sent_at) as last_sent_at,
    count(case when sent_at > {{ plus_days(as_of(), -7) }} then 1 end) as sent_7d,
    count(case when sent_at > {{ plus_days(as_of(), -7) }} and channel = 'sms' then 1 end) as sent_sms_7d
from sent
where sent_at <= {{ as_of() }}
group by profile_id
