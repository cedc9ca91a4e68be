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
    profile_id,
    max(sent_at) as last_sent_at,
    count(case when sent_at > {{ plus_days(as_of(), -7) }} then 1 end) as sent_7d,
    count(case when sent_at > {{ plus_days(as_of(), -7) }} and channel = 'sms' then 1 end) as sent_sms_7d
from read_by
where sent_at <= {{ as_of() }}
group by profile_id
