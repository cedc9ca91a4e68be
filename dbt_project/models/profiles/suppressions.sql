with

engagements as (
    select *
    from {{ ref('stg_feedback__engagements') }}
    where status in ('bounced', 'complained', 'unsubscribed')
),

deliveries as (
    select * from {{ ref('stg_feedback__deliveries') }}
),

addresses as (
    select * from {{ ref('addresses') }}
),

-- a provider's word reaches the person by the message that it is about and by the address that it names; that nothing
-- arrives at an address concerns the person only where they have no other: the main one is a bounced one then
by_message as (
    select
        profile_ids.current_profile_id as profile_id,
        engagements.channel,
        engagements.status as reason,
        engagements.occurred_at as since_at
    from engagements
    inner join deliveries on engagements.message_id = deliveries.message_id
    inner join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
    left join addresses
        on
            profile_ids.current_profile_id = addresses.profile_id
            and engagements.channel = addresses.channel
            and engagements.address = addresses.address
    where engagements.status <> 'bounced' or coalesce(addresses.is_main, true)
),

-- with what providers keep as lists: it is there also where they tell of no event
about_addresses as (
    select
        channel,
        address,
        status as reason,
        occurred_at as since_at
    from engagements
    union all
    select
        channel,
        address,
        reason,
        said_at as since_at
    from {{ ref('stg_feedback__suppressions') }}
),

by_address as (
    select
        addresses.profile_id,
        about_addresses.channel,
        about_addresses.reason,
        about_addresses.since_at
    from about_addresses
    inner join addresses
        on
            about_addresses.channel = addresses.channel
            and about_addresses.address = addresses.address
    where about_addresses.reason <> 'bounced' or addresses.is_main
),

-- a provider that refuses a message because the person opted out with it says the same thing
refused as (
    select
        profile_ids.current_profile_id as profile_id,
        deliveries.channel,
        'unsubscribed' as reason,
        deliveries.updated_at as since_at
    from deliveries
    inner join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
    where deliveries.status = 'rejected' and deliveries.error_code = 'opted_out'
),

said as (
    select * from by_message
    union all
    select * from by_address
    union all
    select * from refused
)

select
    profile_id,
    channel,
    {{ earliest_value('reason', 'since_at') }} as reason,
    min(since_at) as since_at
from said
group by profile_id, channel
