with

-- what may have reached the person counts as sent, an answer that was lost included; what came back did not
sent as (
    select
        profile_ids.current_profile_id as profile_id,
        deliveries.channel,
        deliveries.campaign,
        coalesce(deliveries.finished_at, deliveries.claimed_at) as sent_at
    from {{ ref('stg_feedback__deliveries') }} as deliveries
    inner join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
    left join {{ ref('int_messages_bounced') }} as bounced on deliveries.message_id = bounced.message_id
    where
        deliveries.status in ('accepted', 'unknown', 'sending')
        and bounced.message_id is null
),

addresses as (
    select
        profile_id,
        'email' as channel,
        email as address
    from {{ ref('profiles') }}
    union all
    select
        profile_id,
        'sms' as channel,
        phone as address
    from {{ ref('profiles') }}
),

-- who reads what was sent: the person, and who else is behind the same address (one message goes to both of them)
read_by as (
    select * from sent
    union all
    select
        readers.profile_id,
        sent.channel,
        sent.campaign,
        sent.sent_at
    from sent
    inner join addresses on sent.profile_id = addresses.profile_id and sent.channel = addresses.channel
    inner join addresses as readers
        on
            addresses.channel = readers.channel
            and addresses.address = readers.address
            and addresses.profile_id <> readers.profile_id
)

select
    read_by.profile_id,
    read_by.channel,
    read_by.campaign,
    coalesce(campaigns.scenario, read_by.campaign) as scenario,
    read_by.sent_at
from read_by
left join {{ ref('campaigns') }} as campaigns on read_by.campaign = campaigns.campaign
where read_by.sent_at <= {{ as_of() }}
