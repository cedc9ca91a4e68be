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
    transaction_id,
    purchase_revenue_amount,
    currency,
    item_id,
    item_name,
    item_category,
    items_count,
    device_category,
    source,
    medium,
    country,
    ingested_at
from {{ ref('int_ga4_events_flattened') }}
where event_at <= {{ as_of() }} and ingested_at <= {{ as_of() }}
