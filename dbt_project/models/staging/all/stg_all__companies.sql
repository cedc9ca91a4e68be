{{ config(materialized='view') }}
{%- set parts = [
    ('hubspot', 'stg_hubspot__companies'),
    ('pipedrive', 'stg_pipedrive__organizations'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    company_id,
    name,
    domain,
    brand,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'company_id': 'varchar',
    'name': 'varchar',
    'domain': 'varchar',
    'brand': 'varchar',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
