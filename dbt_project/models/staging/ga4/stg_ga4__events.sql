{{ config(enabled=is_used('ga4'), materialized='view') }}

select
    event_id,
    event_at,
    event_date,
    event_name,
    user_pseudo_id,
    user_id,
    session_key,
    ga_session_id,
    page_location,
    page_title,
    case
        when event_name in ('page_view', 'screen_view') then {{ page_topic('content_group', 'page_location') }}
    end as page_topic,
    search_term,
    engagement_msec,
    transaction_id,
    purchase_revenue_amount,
    currency,
    item_id,
    item_name,
    item_category,
    item_brand,
    item_price_amount,
    items_count,
    device_category,
    source,
    medium,
    campaign,
    channel,
    country,
    cast(null as varchar) as brand,
    ingested_at
from {{ ref('int_ga4_events_flattened') }}
where event_at <= {{ as_of() }} and ingested_at <= {{ as_of() }}
