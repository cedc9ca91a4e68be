-- what a person did, not what a machine did for them: each order, each visit, each message opened or clicked once
with

origins as (
    select
        as_of,
        people_pct
    from {{ now_and_before(60) }} as given
),

profiles as (
    select
        profile_id,
        time_zone
    from {{ ref('profiles') }}
),

ordered as (
    select
        origins.as_of,
        orders.profile_id,
        'order' as kind,
        orders.ordered_at as happened_at
    from {{ ref('orders') }} as orders
    inner join origins
        on
            orders.ordered_at < origins.as_of
            and orders.ingested_at <= origins.as_of
    where orders.is_paid and orders.profile_id is not null
),

answered as (
    select
        origins.as_of,
        engagements.profile_id,
        case engagements.status when 'opened' then 'open' else 'click' end as kind,
        min(engagements.occurred_at) as happened_at
    from {{ ref('profile_engagements') }} as engagements
    inner join origins
        on
            engagements.occurred_at < origins.as_of
            and engagements.ingested_at <= origins.as_of
    where
        engagements.status in ('opened', 'clicked')
        and not engagements.is_machine
        and engagements.profile_id is not null
    group by
        origins.as_of,
        engagements.profile_id,
        engagements.status,
        coalesce(engagements.message_id, engagements.event_id)
),

sessions as (
    select
        origins.as_of,
        events.session_key,
        events.user_id,
        events.user_pseudo_id,
        min(events.event_at) as first_event_at
    from {{ ref('stg_all__events') }} as events
    inner join origins
        on
            events.event_at < origins.as_of
            and events.event_at >= {{ plus_days('origins.as_of', -365) }}
            and events.ingested_at <= origins.as_of
    where events.session_key is not null
    group by origins.as_of, events.session_key, events.user_id, events.user_pseudo_id
),

-- a device counts for whoever it was with at the time, and not before that person's login on it is known
visited as (
    select
        sessions.as_of,
        coalesce(account.profile_id, device.profile_id) as profile_id,
        'visit' as kind,
        min(sessions.first_event_at) as happened_at
    from sessions
    left join {{ ref('identifiers') }} as account
        on
            account.identifier_type = '{{ var('customer_ids_of') }}'
            and sessions.user_id = account.identifier_value
    left join {{ ref('device_owners') }} as device
        on
            sessions.user_pseudo_id = device.user_pseudo_id
            and sessions.first_event_at >= device.from_at
            and sessions.first_event_at < device.until_at
            and sessions.as_of > device.known_at
    where coalesce(account.profile_id, device.profile_id) is not null
    group by sessions.as_of, sessions.session_key, coalesce(account.profile_id, device.profile_id)
),

happened as (
    select * from ordered
    union all
    select * from answered
    union all
    select * from visited
),

placed as (
    select
        happened.as_of,
        happened.profile_id,
        happened.kind,
        {{ local_hour('happened.happened_at', 'profiles.time_zone') }} as local_hour
    from happened
    inner join profiles on happened.profile_id = profiles.profile_id
    inner join origins
        on
            happened.as_of = origins.as_of
            and {{ bucket_of('happened.profile_id') }} < origins.people_pct
)

select
    as_of,
    profile_id,
    kind,
    cast(local_hour as integer) as local_hour,
    count(*) as activities_count,
    local_hour >= {{ var('quiet_from_hour') }} or local_hour < {{ var('quiet_until_hour') }} as is_quiet
from placed
group by as_of, profile_id, kind, local_hour
