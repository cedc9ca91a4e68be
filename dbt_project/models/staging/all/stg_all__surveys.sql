{{ config(materialized='view') }}
{%- set parts = [
    ('service', 'stg_service__surveys', var('customer_ids_of'), var('contact_ids_of')),
] %}
{% for system, model, customer_type, contact_type in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ customer_type }}' as customer_type,
    '{{ contact_type }}' as contact_type,
    survey_id,
    customer_id,
    contact_id,
    email,
    brand,
    kind,
    score,
    comment,
    answered_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}

select
    cast(null as varchar) as system,
    cast(null as varchar) as customer_type,
    cast(null as varchar) as contact_type,
    cast(null as varchar) as survey_id,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as contact_id,
    cast(null as varchar) as email,
    cast(null as varchar) as brand,
    cast(null as varchar) as kind,
    cast(null as bigint) as score,
    cast(null as varchar) as comment,
    cast(null as timestamp) as answered_at,
    cast(null as timestamp) as updated_at,
    cast(null as timestamp) as ingested_at
where 1 = 0
{% endfor %}
