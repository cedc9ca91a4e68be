{{ config(materialized='view') }}
{%- set parts = [
    ('crm', 'stg_crm__aliases'),
    ('hubspot', 'stg_hubspot__aliases'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    left_type,
    left_id,
    right_type,
    right_id,
    stated_by,
    stated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'left_type': 'varchar',
    'left_id': 'varchar',
    'right_type': 'varchar',
    'right_id': 'varchar',
    'stated_by': 'varchar',
    'stated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
