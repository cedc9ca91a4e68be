with

events as (
    select * from {{ ref('stg_all__events') }}
),

identifiers as (
    select * from {{ ref('identifiers') }}
),

grouped as (
    select
        session_key,
        min(user_pseudo_id) as user_pseudo_id,
        {{ latest_value('user_id', 'event_at') }} as user_id,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as events_count,
        count(case when event_name = 'view_item' then 1 end) as views_count,
        count(case when event_name = 'add_to_cart' then 1 end) as carts_count,
        count(case when event_name = 'begin_checkout' then 1 end) > 0 as has_checkout,
        count(case when event_name = 'purchase' then 1 end) > 0 as has_purchase,
        {{ earliest_value('source', 'event_at') }} as source,
        {{ earliest_value('medium', 'event_at') }} as medium,
        {{ earliest_value('device_category', 'event_at') }} as device_category
    from events
    where session_key is not null
    group by session_key
)

-- a login in the visit says who it is; without one whoever the device is known to have been with at the time
select
    grouped.session_key,
    grouped.user_pseudo_id,
    coalesce(account.profile_id, device.profile_id) as profile_id,
    grouped.started_at,
    grouped.ended_at,
    grouped.events_count,
    grouped.views_count,
    grouped.carts_count,
    grouped.has_checkout,
    grouped.has_purchase,
    grouped.source,
    grouped.medium,
    grouped.device_category
from grouped
left join identifiers as account
    on
        account.identifier_type = '{{ var('customer_ids_of') }}'
        and grouped.user_id = account.identifier_value
left join {{ ref('device_owners') }} as device
    on
        grouped.user_pseudo_id = device.user_pseudo_id
        and grouped.started_at >= device.from_at
        and grouped.started_at < device.until_at
