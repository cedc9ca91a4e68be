{{ config(materialized='view') }}
{%- set parts = [
    ('crm', 'stg_crm__contacts', 'crm_id', 'contact_id'),
    ('shop', 'stg_shop__customers', 'shop_customer_id', 'customer_id'),
    ('shopify', 'stg_shopify__customers', 'shopify_id', 'customer_id'),
    ('woocommerce', 'stg_woocommerce__customers', 'woocommerce_id', 'customer_id'),
    ('hubspot', 'stg_hubspot__contacts', 'hubspot_id', 'contact_id'),
    ('pipedrive', 'stg_pipedrive__persons', 'pipedrive_id', 'person_id'),
    ('keycrm', 'stg_keycrm__buyers', 'keycrm_id', 'buyer_id'),
] %}
{% for system, model, person_type, person_id in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ person_type }}' as person_type,
    {{ person_id }} as person_id,
    brand,
    email,
    phone,
    first_name,
    last_name,
    birth_date,
    street,
    postal_code,
    city,
    country_code,
    company_name,
    time_zone,
    preferred_channel,
    created_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'person_type': 'varchar',
    'person_id': 'varchar',
    'brand': 'varchar',
    'email': 'varchar',
    'phone': 'varchar',
    'first_name': 'varchar',
    'last_name': 'varchar',
    'birth_date': 'date',
    'street': 'varchar',
    'postal_code': 'varchar',
    'city': 'varchar',
    'country_code': 'varchar',
    'company_name': 'varchar',
    'time_zone': 'varchar',
    'preferred_channel': 'varchar',
    'created_at': 'timestamp',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
