{#- What people did on the website before each origin: one row per origin and person who was there within a year. Events that their system
    puts into no visit make one for each hour of the clock: what comes later can then join no two visits. A part of customer_features. -#}
{% macro customer_visits(seen) -%}
with

{% if seen.wanted -%}
people as (
    select distinct profile_id
    from {{ seen.wanted }}
),

accounts as (
    select identifiers.identifier_value as user_id
    from {{ ref('identifiers') }} as identifiers
    inner join people on identifiers.profile_id = people.profile_id
    where identifiers.identifier_type = '{{ var('customer_ids_of') }}'
),

devices as (
    select device_owners.user_pseudo_id
    from {{ ref('device_owners') }} as device_owners
    inner join people on device_owners.profile_id = people.profile_id
),

{% endif -%}
events as (
    select
        origins.as_of,
        coalesce(events.session_key, cast(date_trunc('hour', events.event_at) as varchar)) as session_key,
        events.user_id,
        events.user_pseudo_id,
        min(events.event_at) as first_event_at,
        max(events.event_at) as last_event_at,
        max(case when events.event_name = 'add_to_cart' then events.event_at end) as last_cart_at,
        max(case when {{ in_last(7, 'events.event_at') }} then 1 else 0 end) as sessions_7d,
        max(case when {{ in_last(30, 'events.event_at') }} then 1 else 0 end) as sessions_30d,
        count(case when events.event_name = 'view_item' and {{ in_last(30, 'events.event_at') }} then 1 end) as views_30d,
        count(case when events.event_name = 'add_to_cart' and {{ in_last(7, 'events.event_at') }} then 1 end) as carts_7d,
        count(case when events.event_name = 'add_to_cart' and {{ in_last(30, 'events.event_at') }} then 1 end) as carts_30d
    from {{ ref('stg_all__events') }} as events
    inner join {{ seen.origins }} as origins
        on
            events.event_at < origins.as_of
            and events.event_at >= {{ plus_days('origins.as_of', -365) }}
            and events.ingested_at {{ seen.landed }} origins.as_of
    {%- if seen.wanted %}
    where
        events.user_id in (select user_id from accounts)
        or events.user_pseudo_id in (select user_pseudo_id from devices)
    {%- endif %}
    group by
        origins.as_of,
        coalesce(events.session_key, cast(date_trunc('hour', events.event_at) as varchar)),
        events.user_id,
        events.user_pseudo_id
),

-- a device counts for whoever it was with at the time, and not before that person's login on it is known
visits as (
    select
        events.as_of,
        events.session_key,
        coalesce(account.profile_id, device.profile_id) as profile_id,
        max(events.last_event_at) as last_event_at,
        max(events.last_cart_at) as last_cart_at,
        max(events.sessions_7d) as sessions_7d,
        max(events.sessions_30d) as sessions_30d,
        sum(events.views_30d) as views_30d,
        sum(events.carts_7d) as carts_7d,
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
    max(last_cart_at) as last_cart_at,
    sum(sessions_7d) as sessions_7d,
    sum(sessions_30d) as sessions_30d,
    sum(views_30d) as views_30d,
    sum(carts_7d) as carts_7d,
    sum(carts_30d) as carts_30d
from visits
group by as_of, profile_id
{%- endmacro %}
