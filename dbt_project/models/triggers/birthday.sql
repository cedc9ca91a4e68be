with

-- by the calendar on the person's own wall
people as (
    select
        profile_id,
        time_zone,
        birth_date,
        {{ local_time(as_of(), 'time_zone') }} as local_now,
        cast(
            extract('year' from {{ local_time(as_of(), 'time_zone') }}) - extract('year' from birth_date) as integer
        ) as years
    from {{ ref('profiles') }}
    where birth_date is not null
),

-- who was born on a 29 February has the 28th in years that lack it
aged as (
    select
        *,
        cast({{ plus_months('birth_date', '12 * years') }} as timestamp) as this_years
    from people
),

-- the last one that has begun: on the first of January that of the last of December is last year's
begun as (
    select
        profile_id,
        time_zone,
        case when this_years <= local_now then years else years - 1 end as years,
        case
            when this_years <= local_now then this_years
            else cast({{ plus_months('birth_date', '12 * (years - 1)') }} as timestamp)
        end as begins_on
    from aged
),

greeted as (
    select
        profile_id,
        {{ instant_of('begins_on', 'time_zone') }} as occurred_at,
        cast(extract('year' from begins_on) as varchar) as occasion
    from begun
    where years between 1 and 120
)

-- from its first minute until the noon after: a later wish says that nobody thought of it
select
    profile_id,
    occurred_at,
    occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['ticket']) }}
from greeted
where
    occurred_at > {{ plus_hours(as_of(), -36) }}
    and occurred_at <= {{ as_of() }}
    and {{ is_still_written_to('profile_id') }}
