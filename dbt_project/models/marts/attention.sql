with

-- an answer of a person; what a machine opens is none
letters as (
    select
        profile_id,
        coalesce(message_id, event_id) as letter_id,
        occurred_at,
        status in ('opened', 'clicked') and not is_machine as is_answer
    from {{ ref('profile_engagements') }}
    where
        channel = 'email'
        and status in ('sent', 'delivered', 'opened', 'clicked')
        and profile_id is not null
        and occurred_at > {{ plus_days(as_of(), -365) }}
        and occurred_at <= {{ as_of() }}
),

answered as (
    select
        profile_id,
        max(occurred_at) as last_answer_at
    from letters
    where is_answer
    group by profile_id
),

visited as (
    select
        profile_id,
        max(started_at) as last_visit_at
    from {{ ref('sessions') }}
    where profile_id is not null and started_at <= {{ as_of() }}
    group by profile_id
),

signs as (
    select
        profiles.profile_id,
        greatest(
            coalesce(profiles.signed_up_at, profiles.first_seen_at),
            coalesce(profiles.last_order_at, profiles.first_seen_at),
            coalesce(visited.last_visit_at, profiles.first_seen_at),
            coalesce(answered.last_answer_at, profiles.first_seen_at)
        ) as last_sign_at
    from {{ ref('profiles') }} as profiles
    left join visited on profiles.profile_id = visited.profile_id
    left join answered on profiles.profile_id = answered.profile_id
),

unanswered as (
    select
        letters.profile_id,
        count(distinct letters.letter_id) as letters_count
    from letters
    inner join signs on letters.profile_id = signs.profile_id
    where letters.occurred_at > signs.last_sign_at
    group by letters.profile_id
),

-- a provider that tells of no answer at all says nothing of silence
shops as (
    select count(*) > 0 as hears_answers
    from answered
)

select
    signs.profile_id,
    signs.last_sign_at,
    coalesce(unanswered.letters_count, 0) as letters_since_count,
    shops.hears_answers and coalesce(unanswered.letters_count, 0) >= {{ var('inactive').least_letters }} as is_silent
from signs
cross join shops
left join unanswered on signs.profile_id = unanswered.profile_id
