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
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'customer_type': 'varchar',
    'order_id': 'varchar',
    'customer_id': 'varchar',
    'brand': 'varchar',
    'first_name': 'varchar',
    'last_name': 'varchar',
    'email': 'varchar',
    'phone': 'varchar',
    'street': 'varchar',
    'postal_code': 'varchar',
    'city': 'varchar',
    'status': 'varchar',
    'currency': 'varchar',
    'discount_amount': 'decimal(18, 4)',
    'shipping_amount': 'decimal(18, 4)',
    'tax_amount': 'decimal(18, 4)',
    'total_amount': 'decimal(18, 4)',
    'coupon_code': 'varchar',
    'country_code': 'varchar',
    'ordered_at': 'timestamp',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
