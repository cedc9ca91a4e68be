{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'stg_shop__orders', 'shop_customer_id'),
    ('shopify', 'stg_shopify__orders', 'shopify_id'),
    ('woocommerce', 'stg_woocommerce__orders', 'woocommerce_id'),
    ('keycrm', 'stg_keycrm__orders', 'keycrm_id'),
] %}
{% for system, model, customer_type in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    '{{ customer_type }}' as customer_type,
    order_id,
    customer_id,
    brand,
    first_name,
    last_name,
    email,
    phone,
    street,
    postal_code,
    city,
    status,
    currency,
    discount_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    coupon_code,
    country_code,
    ordered_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% endfor %}
