{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('session_key', sessions_touched()) }}"
    )
}}

with

searches as (
    select
        event_id,
        session_key,
        event_at,
        lower({{ regex_replaced('trim(search_term)', ' +', ' ') }}) as search_term
    from {{ events_in_sessions(
        ['event_id', 'event_at', 'search_term'],
        "event_name = 'view_search_results' and trim(search_term) <> ''"
    ) }} as given
)

select
    searches.event_id as search_id,
    searches.session_key,
    sessions.profile_id,
    sessions.user_pseudo_id,
    searches.event_at as searched_at,
    searches.search_term,
    sessions.channel,
    sessions.device_category,
    coalesce(sessions.last_viewed_at >= searches.event_at, false) as has_viewed,
    coalesce(sessions.last_carted_at >= searches.event_at, false) as has_carted,
    coalesce(sessions.last_purchased_at >= searches.event_at, false) as has_purchased
from searches
inner join {{ ref('sessions') }} as sessions on searches.session_key = sessions.session_key
