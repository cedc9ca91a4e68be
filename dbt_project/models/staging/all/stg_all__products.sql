{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'stg_shop__products'),
    ('shopify', 'stg_shopify__products'),
    ('woocommerce', 'stg_woocommerce__products'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    product_id,
    name,
    category,
    brand,
    price_amount,
    currency,
    stock_quantity,
    created_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'product_id': 'varchar',
    'name': 'varchar',
    'category': 'varchar',
    'brand': 'varchar',
    'price_amount': 'decimal(18, 4)',
    'currency': 'varchar',
    'stock_quantity': 'bigint',
    'created_at': 'timestamp',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
