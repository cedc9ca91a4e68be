with

-- one row for each thing that somebody said; a ticket that nobody touched for long is forgotten, and not waited for
said as (
    select
        profile_id,
        ticket_id,
        is_open and updated_at > {{ plus_days(as_of(), '-' ~ var('ticket_forgotten_days')) }} as is_waiting,
        is_complaint,
        solved_at,
        cast(null as bigint) as nps_score,
        cast(null as timestamp) as nps_at,
        cast(null as bigint) as rating,
        cast(null as timestamp) as reviewed_at
    from {{ ref('profile_tickets') }}

    union all

    select
        profile_id,
        cast(null as varchar) as ticket_id,
        false as is_waiting,
        false as is_complaint,
        cast(null as timestamp) as solved_at,
        score as nps_score,
        answered_at as nps_at,
        cast(null as bigint) as rating,
        cast(null as timestamp) as reviewed_at
    from {{ ref('profile_surveys') }}
    where kind = 'nps'

    union all

    select
        profile_id,
        cast(null as varchar) as ticket_id,
        false as is_waiting,
        false as is_complaint,
        cast(null as timestamp) as solved_at,
        cast(null as bigint) as nps_score,
        cast(null as timestamp) as nps_at,
        rating,
        created_at as reviewed_at
    from {{ ref('profile_reviews') }}
),

summed as (
    select
        profile_id,
        count(ticket_id) as tickets_count,
        count(case when is_waiting then 1 end) as open_tickets_count,
        max(case when is_waiting and is_complaint then 1 else 0 end) = 1 as has_open_complaint,
        max(solved_at) as last_ticket_solved_at,
        {{ latest_value('nps_score', 'nps_at') }} as last_nps_score,
        avg(rating) as average_review_rating,
        max(reviewed_at) as last_review_at
    from said
    where profile_id is not null
    group by profile_id
)

-- the usual bounds of the net promoter score: 9 and 10 recommend, 0 to 6 advise against
select
    *,
    case
        when last_nps_score >= 9 then 'promoter'
        when last_nps_score >= 7 then 'passive'
        when last_nps_score >= 0 then 'detractor'
    end as nps_segment
from summed
