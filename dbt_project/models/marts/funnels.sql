with

counted as (
    select
        session_date,
        channel,
        coalesce(device_category, 'unknown') as device_category,
        count(*) as sessions_count,
        count(case when has_viewed then 1 end) as view_sessions,
        count(case when has_carted then 1 end) as cart_sessions,
        count(case when has_checked_out then 1 end) as checkout_sessions,
        count(case when has_purchased then 1 end) as purchase_sessions
    from {{ ref('sessions') }}
    group by session_date, channel, coalesce(device_category, 'unknown')
)

select
    session_date,
    channel,
    device_category,
    sessions_count,
    view_sessions,
    cart_sessions,
    checkout_sessions,
    purchase_sessions,
    view_sessions / cast(sessions_count as double) as view_share,
    cart_sessions / nullif(cast(view_sessions as double), 0) as view_to_cart_share,
    checkout_sessions / nullif(cast(cart_sessions as double), 0) as cart_to_checkout_share,
    purchase_sessions / nullif(cast(checkout_sessions as double), 0) as checkout_to_purchase_share,
    purchase_sessions / cast(sessions_count as double) as purchase_share,
    sessions_count - view_sessions as lost_before_view_sessions,
    view_sessions - cart_sessions as lost_before_cart_sessions,
    cart_sessions - checkout_sessions as lost_before_checkout_sessions,
    checkout_sessions - purchase_sessions as lost_before_purchase_sessions
from counted
