{{ config(materialized='view') }}
{%- set parts = [
    ('crm', 'stg_crm__consents', 'crm_id', 'contact_id'),
    ('shopify', 'stg_shopify__consents', 'shopify_id', 'customer_id'),
    ('hubspot', 'stg_hubspot__consents', 'hubspot_id', 'contact_id'),
    ('pipedrive', 'stg_pipedrive__consents', 'pipedrive_id', 'person_id'),
] %}
{% for system, model, person_type, person_id in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ person_type }}' as person_type,
    {{ person_id }} as person_id,
    consent_id,
    channel,
    purpose,
    status,
    recorded_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'person_type': 'varchar',
    'person_id': 'varchar',
    'consent_id': 'varchar',
    'channel': 'varchar',
    'purpose': 'varchar',
    'status': 'varchar',
    'recorded_at': 'timestamp',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
