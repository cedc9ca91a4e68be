{{ config(materialized='view') }}
{%- set parts = [
    ('hubspot', 'stg_hubspot__companies'),
    ('pipedrive', 'stg_pipedrive__organizations'),
] %}
select
    cast(null as varchar) as system,
    cast(null as varchar) as company_id,
    cast(null as varchar) as name,
    cast(null as varchar) as domain,
    cast(null as varchar) as brand,
    cast(null as timestamp) as updated_at,
    cast(null as timestamp) as ingested_at
from {{ numbers_below(0) }}
{% for system, model in parts if is_used(system) %}
union all

select
    '{{ system }}' as system,
    company_id,
    name,
    domain,
    brand,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% endfor %}
