with

going as (
    select
        message_id,
        profile_id
    from {{ ref('decisions') }}
    where kind = 'message' and reason is null
),

addresses as (
    select
        profile_id,
        'email' as channel,
        email as address
    from {{ ref('profiles') }}
    where email is not null
    union all
    select
        profile_id,
        'sms' as channel,
        phone as address
    from {{ ref('profiles') }}
    where phone is not null
),

-- the person, and who else is behind the same address
persons as (
    select
        profile_id,
        profile_id as person_id
    from going
    union
    select
        going.profile_id,
        others.profile_id as person_id
    from going
    inner join addresses on going.profile_id = addresses.profile_id
    inner join addresses as others on addresses.channel = others.channel and addresses.address = others.address
),

-- under every id that they ever had
readers as (
    select
        persons.profile_id,
        persons.person_id,
        profile_ids.profile_id as reader_id
    from persons
    inner join {{ ref('profile_ids') }} as profile_ids on persons.person_id = profile_ids.current_profile_id
),

-- what the decision counted of them, and what it decided in one with it; delivery looks back two days
counted as (
    select
        readers.profile_id,
        deliveries.message_id
    from readers
    inner join {{ ref('stg_feedback__deliveries') }} as deliveries on readers.reader_id = deliveries.profile_id
    where
        deliveries.status in ('accepted', 'unknown', 'sending')
        and coalesce(deliveries.finished_at, deliveries.claimed_at) <= {{ as_of() }}
        and coalesce(deliveries.finished_at, deliveries.claimed_at) > {{ plus_days(as_of(), -7) }}
    union
    select
        readers.profile_id,
        going.message_id
    from readers
    inner join going on readers.person_id = going.profile_id
),

listed as (
    select
        profile_id,
        {{ texts_joined('reader_id', 'reader_id') }} as reader_ids
    from readers
    where reader_id <> profile_id
    group by profile_id
)

select
    counted.profile_id,
    min(listed.reader_ids) as reader_ids,
    {{ texts_joined('counted.message_id', 'counted.message_id') }} as counted_ids
from counted
left join listed on counted.profile_id = listed.profile_id
group by counted.profile_id
