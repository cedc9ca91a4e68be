{{ config(materialized='view') }}
{%- set parts = [
    ('ga4', 'stg_ga4__events', var('customer_ids_of')),
    ('collector', 'stg_collector__events', var('customer_ids_of')),
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
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'user_type': 'varchar',
    'event_id': 'varchar',
    'event_at': 'timestamp',
    'event_date': 'date',
    'event_name': 'varchar',
    'user_pseudo_id': 'varchar',
    'user_id': 'varchar',
    'session_key': 'varchar',
    'ga_session_id': 'bigint',
    'page_location': 'varchar',
    'transaction_id': 'varchar',
    'purchase_revenue_amount': 'decimal(18, 4)',
    'currency': 'varchar',
    'item_id': 'varchar',
    'item_name': 'varchar',
    'item_category': 'varchar',
    'items_count': 'bigint',
    'device_category': 'varchar',
    'source': 'varchar',
    'medium': 'varchar',
    'country': 'varchar',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
