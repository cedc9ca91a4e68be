with

-- the names that a request's message may have gone out by: under each of the person's ids, at first or after a bounce
named as (
    select
        requested.campaign,
        requested.profile_id,
        requested.occasion,
        false as is_second,
        {{ message_id('requested.campaign', 'profile_ids.profile_id', 'requested.occasion') }} as message_id
    from {{ ref('int_requests_gathered') }} as requested
    inner join {{ ref('profile_ids') }} as profile_ids on requested.profile_id = profile_ids.current_profile_id
    where requested.kind = 'message'
    union all
    select
        requested.campaign,
        requested.profile_id,
        requested.occasion,
        true as is_second,
        {{ message_id('requested.campaign', 'profile_ids.profile_id', second_occasion('requested.occasion')) }}
            as message_id
    from {{ ref('int_requests_gathered') }} as requested
    inner join {{ ref('profile_ids') }} as profile_ids on requested.profile_id = profile_ids.current_profile_id
    where requested.kind = 'message' and requested.asked_channel = 'best'
)

select
    named.campaign,
    named.profile_id,
    named.occasion,
    min(case when not named.is_second then deliveries.channel end) as first_channel,
    -- all that went out of it came back, and by one channel alone
    count(bounced.message_id) = count(*)
    and min(deliveries.channel) = max(deliveries.channel) as has_come_back,
    max(case when named.is_second then 1 else 0 end) = 1 as is_tried_twice
from named
inner join {{ ref('stg_feedback__deliveries') }} as deliveries on named.message_id = deliveries.message_id
left join {{ ref('int_messages_bounced') }} as bounced on deliveries.message_id = bounced.message_id
where deliveries.status <> 'pending'
group by named.campaign, named.profile_id, named.occasion
