{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_sessions() }}") }}

-- depends_on: {{ sessions_touched() }}
with

visits as (
    select * from {{ ref('int_sessions_grouped') }}
    where {{ on_a_day('session_key not in (select session_key from ' ~ this ~ ')') }}
)

select
    visits.session_key,
    visits.is_by_gap,
    visits.user_pseudo_id,
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
    visits.engagement_msec,
    -- as GA4 counts: ten seconds, two pages or a purchase
    coalesce(visits.engagement_msec >= 10000, false) or visits.pages_count >= 2 or visits.has_purchase as is_engaged,
    visits.has_checkout,
    visits.has_purchase,
    visits.has_viewed,
    visits.has_carted,
    visits.has_checked_out,
    visits.has_purchased,
    visits.last_viewed_at,
    visits.last_carted_at,
    visits.last_purchased_at,
    visits.source,
    visits.medium,
    visits.campaign,
    visits.channel,
    visits.device_category,
    visits.landing_page
from visits
{{ join_owners() }}
