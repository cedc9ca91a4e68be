{{ config(materialized='view') }}
{%- set parts = [
    ('ga4', 'stg_ga4__events', 'shop_customer_id'),
    ('collector', 'stg_collector__events', 'shop_customer_id'),
] %}
{% for system, model, user_type in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ user_type }}' as user_type,
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
from {{ ref(model) }}
{% endfor %}
