{{ config(materialized='view') }}
{%- set parts = [
    ('hubspot', 'stg_hubspot__company_members'),
    ('pipedrive', 'stg_pipedrive__company_members'),
] %}
select
    cast(null as varchar) as system,
    cast(null as varchar) as person_type,
    cast(null as varchar) as person_id,
    cast(null as varchar) as company_id,
    cast(null as timestamp) as stated_at
from {{ numbers_below(0) }}
{% for system, model in parts if is_used(system) %}
union all

select
    '{{ system }}' as system,
    person_type,
    person_id,
    company_id,
    stated_at
from {{ ref(model) }}
{% endfor %}
