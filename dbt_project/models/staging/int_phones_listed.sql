{%- set parts = [
    ('shop', 'shop_customers'),
    ('shop', 'shop_orders'),
    ('crm', 'crm_contacts'),
    ('service', 'service_tickets'),
    ('shopify', 'shopify_customers'),
    ('shopify', 'shopify_orders'),
    ('woocommerce', 'woocommerce_customers'),
    ('woocommerce', 'woocommerce_orders'),
    ('hubspot', 'hubspot_contacts'),
    ('pipedrive', 'pipedrive_persons'),
    ('keycrm', 'keycrm_buyers'),
    ('keycrm', 'keycrm_orders'),
] -%}
with

stated as (
    {%- for system, table in parts if is_used(system) %}
    {{ 'union all' if not loop.first }}
    select
        phone,
        country_code
    from {{ source('raw', table) }}
    {% endfor %}
)

select distinct
    phone as phone_raw,
    coalesce({{ normalized_country('country_code') }}, '') as country_code
from stated
where phone is not null
