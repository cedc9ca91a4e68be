with

engagements as (
    select * from {{ ref('stg_feedback__engagements') }}
),

-- ours: what a provider took, or may have (an answer that was lost included)
deliveries as (
    select
        deliveries.message_id,
        deliveries.channel,
        deliveries.status in ('accepted', 'unknown', 'sending') as is_sent,
        deliveries.claimed_at,
        deliveries.ingested_at,
        profile_ids.current_profile_id as profile_id
    from {{ ref('stg_feedback__deliveries') }} as deliveries
    left join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
),

-- an address of several people says of nobody who read what came to it
addresses as (
    select
        case identifier_type when 'phone' then 'sms' else 'email' end as channel,
        identifier_value as address,
        profile_id
    from {{ ref('identifiers') }}
    where identifier_type in ('email', 'phone') and not is_shared
)

select
    message_id || ':sent' as event_id,
    profile_id,
    channel,
    'sent' as status,
    message_id,
    false as is_machine,
    claimed_at as occurred_at,
    ingested_at
from deliveries
where is_sent

union all

select
    engagements.event_id,
    coalesce(deliveries.profile_id, addresses.profile_id) as profile_id,
    engagements.channel,
    engagements.status,
    deliveries.message_id,
    engagements.is_machine,
    engagements.occurred_at,
    engagements.ingested_at
from engagements
left join deliveries on engagements.message_id = deliveries.message_id
left join addresses
    on
        engagements.channel = addresses.channel
        and engagements.address = addresses.address
where
    engagements.status in ('delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed')
    or (engagements.status = 'sent' and deliveries.message_id is null)
