{{ config(materialized='view') }}
{%- set parts = [
    ('hubspot', 'stg_hubspot__company_members'),
    ('pipedrive', 'stg_pipedrive__company_members'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    person_type,
    person_id,
    company_id,
    stated_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'person_type': 'varchar',
    'person_id': 'varchar',
    'company_id': 'varchar',
    'stated_at': 'timestamp',
}) }}
{% endfor %}
