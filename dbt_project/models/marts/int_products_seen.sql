{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('session_key', sessions_touched()) }}"
    )
}}

select
    session_key,
    item_id as product_id,
    max(item_name) as item_name,
    max(item_category) as item_category,
    max(item_brand) as item_brand,
    max(item_price_amount) as item_price_amount,
    min(event_at) as first_seen_at,
    max(event_at) as last_seen_at,
    count(case when event_name = 'view_item' then 1 end) as views_count,
    count(case when event_name = 'add_to_cart' then 1 end) as carts_count
from {{ events_in_sessions(
    ['event_at', 'event_name', 'item_id', 'item_name', 'item_category', 'item_brand', 'item_price_amount'],
    "event_name in ('view_item', 'add_to_cart') and item_id is not null"
) }} as given
group by session_key, item_id
