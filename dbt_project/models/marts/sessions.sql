-- Longer than most models: whatever a visit's events say is read in one pass.
{{
    config(
        materialized='by_days',
        pre_hook=["{{ remember_owners() }}", "{{ forget('session_key', sessions_touched()) }}"]
    )
}}
{%- set columns = [
    'event_at', 'event_name', 'user_pseudo_id', 'user_id', 'page_location', 'engagement_msec', 'device_category', 'source', 'medium',
    'campaign', 'channel', 'brand'
] %}
{%- set between = "chr(31)" %}

with

events as (
    select
        *,
        -- where a visit came from is said by one event together: its parts are never taken from two
        case
            when coalesce(source, medium, channel) is not null
                then
                    coalesce(source, '') || {{ between }} || coalesce(medium, '') || {{ between }}
                    || coalesce(campaign, '') || {{ between }} || coalesce(channel, '')
        end as traffic
    from {{ events_in_sessions(columns) }} as given
),

grouped as (
    select
        session_key,
        bool_and(is_by_gap) as is_by_gap,
        min(user_pseudo_id) as user_pseudo_id,
        {{ last_said('user_id', 'event_at') }} as user_id,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as events_count,
        count(case when event_name in ('page_view', 'screen_view') then 1 end) as pages_count,
        count(case when event_name = 'view_item' then 1 end) as views_count,
        count(case when event_name = 'add_to_cart' then 1 end) as carts_count,
        count(case when event_name = 'view_search_results' then 1 end) as searches_count,
        sum(engagement_msec) as engagement_msec,
        min(case when event_name = 'view_item' then event_at end) as viewed_at,
        max(case when event_name = 'view_item' then event_at end) as last_viewed_at,
        max(case when event_name = 'add_to_cart' then event_at end) as last_carted_at,
        max(case when event_name = 'begin_checkout' then event_at end) as last_checked_out_at,
        max(case when event_name = 'purchase' then event_at end) as last_purchased_at,
        {{ instants_where('event_at', "event_name = 'add_to_cart'") }} as carts_at,
        {{ instants_where('event_at', "event_name = 'begin_checkout'") }} as checkouts_at,
        {{ first_said('traffic', 'event_at') }} as traffic,
        {{ first_said('page_location', 'event_at') }} as landing_page,
        min(device_category) as device_category,
        min(brand) as brand
    from events
    group by session_key
),

-- a step counts when it comes at or after the first that counts of the step before it
carted as (
    select
        *,
        {{ first_from('carts_at', 'viewed_at') }} as carted_at
    from grouped
),

visits as (
    select
        *,
        {{ first_from('checkouts_at', 'carted_at') }} as checked_out_at
    from carted
),

came as (
    select distinct traffic
    from grouped
),

channels as (
    select
        traffic,
        nullif(split_part(traffic, {{ between }}, 1), '') as source,
        nullif(split_part(traffic, {{ between }}, 2), '') as medium,
        -- GA4 writes (organic), (direct) or (not set) where there was no campaign
        nullif({{ regex_replaced('split_part(traffic, ' ~ between ~ ', 3)', '^[(].*[)]$', '') }}, '') as campaign,
        nullif(split_part(traffic, {{ between }}, 4), '') as channel
    from came
),

named as (
    select
        traffic,
        source,
        medium,
        campaign,
        coalesce(channel, {{ channel_group('source', 'medium', 'campaign') }}) as channel
    from channels
)

-- a login in the visit says who it is; without one whoever the device is known to have been with at the time
select
    visits.session_key,
    visits.is_by_gap,
    visits.user_pseudo_id,
    visits.user_id,
    coalesce(account.profile_id, device.profile_id) as profile_id,
    visits.brand,
    cast(visits.started_at as date) as session_date,
    visits.started_at,
    visits.ended_at,
    visits.events_count,
    visits.pages_count,
    visits.views_count,
    visits.carts_count,
    visits.searches_count,
    cast(visits.engagement_msec as bigint) as engagement_msec,
    -- as GA4 counts: ten seconds, two pages or a purchase
    coalesce(visits.engagement_msec >= 10000, false)
    or visits.pages_count >= 2
    or visits.last_purchased_at is not null as is_engaged,
    visits.last_checked_out_at is not null as has_checkout,
    visits.last_purchased_at is not null as has_purchase,
    visits.viewed_at is not null as has_viewed,
    visits.carted_at is not null as has_carted,
    visits.checked_out_at is not null as has_checked_out,
    coalesce(visits.last_purchased_at >= visits.checked_out_at, false) as has_purchased,
    visits.last_viewed_at,
    visits.last_carted_at,
    visits.last_purchased_at,
    named.source,
    named.medium,
    named.campaign,
    coalesce(named.channel, 'Direct') as channel,
    visits.device_category,
    -- what stands behind the path may name a person
    split_part(split_part(visits.landing_page, '?', 1), '#', 1) as landing_page
from visits
left join named on visits.traffic = named.traffic
{{ join_owners() }}
