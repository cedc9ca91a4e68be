{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('user_pseudo_id', \"select record_id from \" ~ ref('int_records_changed') ~ \" where record_type = 'ga_pseudo_id'\") }}"
    )
}}

with

visits as (
    select
        user_pseudo_id,
        session_key,
        user_type,
        user_id,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at
    from {{ ref('stg_all__events') }}
    where user_pseudo_id is not null and {{ of_changed("'ga_pseudo_id'", 'user_pseudo_id') }}
    group by user_pseudo_id, session_key, user_type, user_id
),

-- a login holds until the end of its visit
ended as (
    select
        visits.*,
        case
            when visits.session_key is null then visits.last_event_at
            else max(visits.last_event_at) over (partition by visits.user_pseudo_id, visits.session_key)
        end as ended_at
    from visits
)

select
    ended.user_pseudo_id,
    {{ identifier_key('ended.user_type', 'ended.user_id') }} as record_key,
    ended.first_event_at as logged_in_at,
    ended.ended_at
from ended
left join {{ ref('blocked_identifiers') }} as blocked
    on
        blocked.identifier_type = 'id'
        and blocked.kind = 'value'
        and lower(ended.user_id) = blocked.value
where ended.user_id is not null and blocked.value is null
