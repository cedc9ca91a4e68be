{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget('session_key', sessions_touched()) }}"
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
        {{ latest_value('user_id', 'event_at') }} as user_id,
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
        {{ earliest_value('traffic', 'event_at') }} as traffic,
        {{ earliest_value('page_location', 'event_at') }} as landing_page,
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

checked_out as (
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

select
    checked_out.session_key,
    checked_out.is_by_gap,
    checked_out.user_pseudo_id,
    checked_out.user_id,
    checked_out.brand,
    checked_out.started_at,
    checked_out.ended_at,
    checked_out.events_count,
    checked_out.pages_count,
    checked_out.views_count,
    checked_out.carts_count,
    checked_out.searches_count,
    cast(checked_out.engagement_msec as bigint) as engagement_msec,
    checked_out.last_checked_out_at is not null as has_checkout,
    checked_out.last_purchased_at is not null as has_purchase,
    checked_out.viewed_at is not null as has_viewed,
    checked_out.carted_at is not null as has_carted,
    checked_out.checked_out_at is not null as has_checked_out,
    coalesce(checked_out.last_purchased_at >= checked_out.checked_out_at, false) as has_purchased,
    checked_out.last_viewed_at,
    checked_out.last_carted_at,
    checked_out.last_purchased_at,
    named.source,
    named.medium,
    named.campaign,
    coalesce(named.channel, 'Direct') as channel,
    checked_out.device_category,
    -- what stands behind the path may name a person
    split_part(split_part(checked_out.landing_page, '?', 1), '#', 1) as landing_page
from checked_out
left join named on checked_out.traffic = named.traffic
