with

sessions as (
    select * from {{ ref('sessions') }}
),

steps as (
    select
        session_key,
        event_at,
        event_name
    from {{ ref('stg_all__events') }}
    where event_name in ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
),

-- a step counts when it comes at or after the first that counts of the step before it
viewed as (
    select
        *,
        min(case when event_name = 'view_item' then event_at end)
            over (partition by session_key) as viewed_at
    from steps
),

carted as (
    select
        *,
        min(case when event_name = 'add_to_cart' and event_at >= viewed_at then event_at end)
            over (partition by session_key) as carted_at
    from viewed
),

checked_out as (
    select
        *,
        min(case when event_name = 'begin_checkout' and event_at >= carted_at then event_at end)
            over (partition by session_key) as checked_out_at
    from carted
),

reached as (
    select
        session_key,
        count(viewed_at) > 0 as has_viewed,
        count(carted_at) > 0 as has_carted,
        count(checked_out_at) > 0 as has_checked_out,
        count(case when event_name = 'purchase' and event_at >= checked_out_at then 1 end) > 0 as has_purchased
    from checked_out
    group by session_key
),

counted as (
    select
        cast(sessions.started_at as date) as session_date,
        coalesce(sessions.device_category, 'unknown') as device_category,
        count(*) as sessions_count,
        count(case when reached.has_viewed then 1 end) as view_sessions,
        count(case when reached.has_carted then 1 end) as cart_sessions,
        count(case when reached.has_checked_out then 1 end) as checkout_sessions,
        count(case when reached.has_purchased then 1 end) as purchase_sessions
    from sessions
    left join reached on sessions.session_key = reached.session_key
    group by cast(sessions.started_at as date), coalesce(sessions.device_category, 'unknown')
)

select
    *,
    cart_sessions / nullif(cast(view_sessions as double), 0) as view_to_cart_share,
    checkout_sessions / nullif(cast(cart_sessions as double), 0) as cart_to_checkout_share,
    purchase_sessions / nullif(cast(checkout_sessions as double), 0) as checkout_to_purchase_share,
    purchase_sessions / cast(sessions_count as double) as purchase_share
from counted
