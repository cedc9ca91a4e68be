with

addresses as (
    select
        profile_id,
        case identifier_type when 'phone' then 'sms' else 'email' end as channel,
        identifier_value as address,
        is_shared,
        first_seen_at,
        last_seen_at
    from {{ ref('identifiers') }}
    where identifier_type in ('email', 'phone')
),

bounced as (
    select
        channel,
        address
    from {{ ref('stg_feedback__engagements') }}
    where status = 'bounced' and address is not null
    union
    select
        channel,
        address
    from {{ ref('stg_feedback__suppressions') }}
    where reason = 'bounced' and address is not null
),

-- the last word of a record on marketing concerns the address that the record names; of two words at once the no
granting as (
    select
        person_type,
        person_id,
        channel
    from {{ ref('stg_all__consents') }}
    where purpose = 'marketing'
    group by person_type, person_id, channel
    having {{ latest_value('status', 'recorded_at') }} = 'granted'
),

consented as (
    select distinct
        granting.channel,
        case granting.channel when 'sms' then persons.phone else persons.email end as address
    from granting
    inner join {{ ref('stg_all__persons') }} as persons
        on
            granting.person_type = persons.person_type
            and granting.person_id = persons.person_id
),

described as (
    select
        addresses.*,
        bounced.address is not null as is_bounced,
        consented.address is not null as has_consent
    from addresses
    left join bounced
        on addresses.channel = bounced.channel and addresses.address = bounced.address
    left join consented
        on addresses.channel = consented.channel and addresses.address = consented.address
)

select
    profile_id,
    channel,
    address,
    is_shared,
    is_bounced,
    has_consent,
    first_seen_at,
    last_seen_at,
    row_number() over (
        partition by profile_id, channel
        order by is_bounced asc, has_consent desc, is_shared asc, last_seen_at desc, address asc
    ) = 1 as is_main
from described
