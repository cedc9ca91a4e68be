{#- What people did on the website before each instant of `origins`, a relation of (as_of, horizon_days): one row per instant
    and person who was there within a year, from events that had happened before as_of and were landed by then.
    A part of customer_features. -#}
{% macro customer_visits(origins) -%}
with

events as (
    select
        origins.as_of,
        events.session_key,
        events.user_id,
        events.user_pseudo_id,
        min(events.event_at) as first_event_at,
        max(events.event_at) as last_event_at,
        max(case when events.event_at >= {{ plus_days('origins.as_of', -30) }} then 1 else 0 end) as sessions_30d,
        count(
            case
                when events.event_name = 'view_item' and events.event_at >= {{ plus_days('origins.as_of', -30) }} then 1
            end
        ) as views_30d,
        count(
            case
                when events.event_name = 'add_to_cart' and events.event_at >= {{ plus_days('origins.as_of', -30) }} then 1
            end
        ) as carts_30d
    from {{ ref('stg_all__events') }} as events
    inner join {{ origins }} as origins
        on
            events.event_at < origins.as_of
            and events.event_at >= {{ plus_days('origins.as_of', -365) }}
            and events.ingested_at <= origins.as_of
    where events.session_key is not null
    group by origins.as_of, events.session_key, events.user_id, events.user_pseudo_id
),

-- a device counts for whoever it was with at the time, and not before that person's login on it is known
visits as (
    select
        events.as_of,
        events.session_key,
        coalesce(account.profile_id, device.profile_id) as profile_id,
        max(events.last_event_at) as last_event_at,
        max(events.sessions_30d) as sessions_30d,
        sum(events.views_30d) as views_30d,
        sum(events.carts_30d) as carts_30d
    from events
    left join {{ ref('identifiers') }} as account
        on
            account.identifier_type = '{{ var('customer_ids_of') }}'
            and events.user_id = account.identifier_value
    left join {{ ref('device_owners') }} as device
        on
            events.user_pseudo_id = device.user_pseudo_id
            and events.first_event_at >= device.from_at
            and events.first_event_at < device.until_at
            and device.known_at < events.as_of
    where coalesce(account.profile_id, device.profile_id) is not null
    group by events.as_of, events.session_key, coalesce(account.profile_id, device.profile_id)
)

select
    as_of,
    profile_id,
    max(last_event_at) as last_event_at,
    sum(sessions_30d) as sessions_30d,
    sum(views_30d) as views_30d,
    sum(carts_30d) as carts_30d
from visits
group by as_of, profile_id
{%- endmacro %}
