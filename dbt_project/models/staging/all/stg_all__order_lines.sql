{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'stg_shop__order_lines'),
    ('shopify', 'stg_shopify__order_lines'),
    ('woocommerce', 'stg_woocommerce__order_lines'),
    ('keycrm', 'stg_keycrm__order_lines'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    order_line_id,
    order_id,
    product_id,
    quantity,
    unit_price_amount,
    discount_amount,
    line_amount,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'order_line_id': 'varchar',
    'order_id': 'varchar',
    'product_id': 'varchar',
    'quantity': 'bigint',
    'unit_price_amount': 'decimal(18, 4)',
    'discount_amount': 'decimal(18, 4)',
    'line_amount': 'decimal(18, 4)',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
