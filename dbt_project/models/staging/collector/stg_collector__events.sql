{{ config(enabled=is_used('collector'), materialized='view') }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'collector_events') }}
),

latest as (
    {{ latest_version('source', key='event_id', event_at='event_at', updated_at='event_at') }}
)

select
    'collector:' || event_id as event_id,
    event_at,
    cast(event_at as date) as event_date,
    event_name,
    nullif(trim(anonymous_id), '') as user_pseudo_id,
    nullif(trim(user_id), '') as user_id,
    -- a session's id may be unique within its device only
    coalesce(nullif(trim(anonymous_id), ''), '') || '.' || nullif(trim(session_id), '') as session_key,
    cast(null as bigint) as ga_session_id,
    nullif(trim(page_url), '') as page_location,
    cast(null as varchar) as page_title,
    case
        when event_name in ('page_view', 'screen_view')
            then {{ page_topic(json_value('properties', 'content_group'), 'page_url') }}
    end as page_topic,
    case
        when event_name = 'view_search_results' then nullif(trim({{ json_value('properties', 'search_term') }}), '')
    end as search_term,
    cast(null as bigint) as engagement_msec,
    nullif(trim(order_id), '') as transaction_id,
    case when event_name = 'purchase' then value end as purchase_revenue_amount,
    {{ normalized_currency('currency') }} as currency,
    nullif(trim(item_id), '') as item_id,
    nullif(trim(item_name), '') as item_name,
    nullif(trim(item_category), '') as item_category,
    nullif(trim({{ json_value('properties', 'item_brand') }}), '') as item_brand,
    item_price as item_price_amount,
    cast(case when nullif(trim(item_id), '') is null then 0 else 1 end as bigint) as items_count,
    nullif(trim(device_category), '') as device_category,
    nullif(trim(source), '') as source,
    nullif(trim(medium), '') as medium,
    nullif(trim(campaign), '') as campaign,
    cast(null as varchar) as channel,
    cast(null as varchar) as country,
    nullif(trim(brand), '') as brand,
    ingested_at
from latest
