with

waiting as (
    select profile_id
    from {{ ref('profile_tickets') }}
    where is_open and profile_id is not null
),

-- of several the last one: who wrote twice is asked once
closed as (
    select
        profile_id,
        ticket_id,
        solved_at,
        is_complaint,
        row_number() over (partition by profile_id order by solved_at desc, ticket_id asc) as place
    from {{ ref('profile_tickets') }}
    where not is_open and solved_at <= {{ as_of() }} and profile_id is not null
)

-- a day later, when it has proved to be solved, and for three days. Marketing, though it is about a case of theirs:
-- to ask how something went is advertising to the courts of some countries, so it wants consent and keeps to the caps
select
    profile_id,
    solved_at as occurred_at,
    ticket_id as occasion,
    is_complaint,
    {{ campaign(channel='email', purpose='marketing', voided_by=['ticket']) }}
from closed
where
    place = 1
    and solved_at <= {{ plus_days(as_of(), -1) }}
    and solved_at > {{ plus_days(as_of(), -4) }}
    and profile_id not in (select waiting.profile_id from waiting)
