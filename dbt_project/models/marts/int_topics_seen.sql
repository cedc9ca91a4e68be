{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('session_key', sessions_touched()) }}"
    )
}}

select
    session_key,
    page_topic as topic,
    max(event_at) as last_seen_at,
    count(*) as pages_count
from {{ events_in_sessions(['event_at', 'page_topic'], "page_topic is not null") }} as given
group by session_key, page_topic
