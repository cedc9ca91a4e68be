with

-- told when asked, and told unasked: the same event has the same id in both
told as {{ read_in_place() }} (
    select
        event_id,
        destination,
        channel,
        status,
        nullif(trim(message_id), '') as message_id,
        -- a text message of Twilio's is known by what its events' ids begin with
        coalesce(provider_ref, {{ before_colon('event_id') }}) as provider_ref,
        address,
        is_machine,
        reason,
        link,
        occurred_at,
        0 as is_unasked,
        _landed_at,
        _is_backfill,
        _is_deleted
    from {{ source('raw', 'feedback_engagement') }}
    union all
    select
        event_id,
        destination,
        channel,
        status,
        nullif(trim(message_id), '') as message_id,
        provider_ref,
        address,
        is_machine,
        reason,
        link,
        occurred_at,
        1 as is_unasked,
        _landed_at,
        _is_backfill,
        _is_deleted
    from {{ source('raw', 'feedback_webhook_events') }}
),

-- of an event that was told twice the webhook, which tells more of it
latest as (
    {{ latest_version('told', key='event_id', event_at='occurred_at', updated_at='is_unasked') }}
),

deliveries as (
    select
        message_id,
        destination,
        -- some vendors put their id between < and >, and leave them out elsewhere
        replace(replace(provider_ref, '<', ''), '>', '') as provider_ref
    from {{ ref('stg_feedback__deliveries') }}
),

-- a reference that stands for several messages (a file's name) says of none which it is
references_of_one as (
    select
        destination,
        provider_ref,
        min(message_id) as message_id
    from deliveries
    where provider_ref is not null
    group by destination, provider_ref
    having count(*) = 1
)

select
    latest.event_id,
    coalesce(ours.destination, latest.destination) as destination,
    latest.channel,
    latest.status,
    -- a provider that carries no id of ours names its own, which it gave when it accepted the message; an id that only
    -- has the form of ours (a stranger's mail through the same service) gives way to that
    coalesce(ours.message_id, references_of_one.message_id, latest.message_id) as message_id,
    -- an address of an e-mail is an e-mail (HubSpot names the contact's record instead); of a text message a number,
    -- which providers give in E.164
    case latest.channel
        when 'email' then coalesce({{ normalized_email('latest.address') }}, contacts.email)
        else nullif(trim(latest.address), '')
    end as address,
    coalesce(latest.is_machine, false) as is_machine,
    latest.reason,
    latest.link,
    latest.occurred_at,
    latest.ingested_at
from latest
left join deliveries as ours on latest.message_id = ours.message_id
left join references_of_one
    on
        latest.destination = references_of_one.destination
        and replace(replace(latest.provider_ref, '<', ''), '>', '') = references_of_one.provider_ref
left join {{ ref('stg_all__persons') }} as contacts
    on
        latest.destination like 'hubspot%'
        and latest.provider_ref = contacts.person_id
        and contacts.person_type = 'hubspot_id'
