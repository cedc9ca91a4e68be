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
{% endfor %}
