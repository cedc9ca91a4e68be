{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'stg_shop__refund_lines'),
    ('shopify', 'stg_shopify__refund_lines'),
    ('woocommerce', 'stg_woocommerce__refund_lines'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    refund_line_id,
    refund_id,
    order_id,
    order_line_id,
    product_id,
    quantity,
    amount,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'refund_line_id': 'varchar',
    'refund_id': 'varchar',
    'order_id': 'varchar',
    'order_line_id': 'varchar',
    'product_id': 'varchar',
    'quantity': 'bigint',
    'amount': 'decimal(18, 4)',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
