{{ config(materialized='view') }}
{%- set parts = [
    ('service', 'stg_service__tickets', var('customer_ids_of'), var('contact_ids_of')),
] %}
{% for system, model, customer_type, contact_type in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ customer_type }}' as customer_type,
    '{{ contact_type }}' as contact_type,
    ticket_id,
    customer_id,
    contact_id,
    email,
    phone,
    brand,
    channel,
    subject,
    category,
    priority,
    status,
    is_complaint,
    order_id,
    opened_at,
    solved_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}

select
    cast(null as varchar) as system,
    cast(null as varchar) as customer_type,
    cast(null as varchar) as contact_type,
    cast(null as varchar) as ticket_id,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as contact_id,
    cast(null as varchar) as email,
    cast(null as varchar) as phone,
    cast(null as varchar) as brand,
    cast(null as varchar) as channel,
    cast(null as varchar) as subject,
    cast(null as varchar) as category,
    cast(null as varchar) as priority,
    cast(null as varchar) as status,
    cast(null as boolean) as is_complaint,
    cast(null as varchar) as order_id,
    cast(null as timestamp) as opened_at,
    cast(null as timestamp) as solved_at,
    cast(null as timestamp) as updated_at,
    cast(null as timestamp) as ingested_at
where 1 = 0
{% endfor %}
