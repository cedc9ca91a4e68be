{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'stg_shop__refunds'),
    ('shopify', 'stg_shopify__refunds'),
    ('woocommerce', 'stg_woocommerce__refunds'),
] %}
{% for system, model in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

select
    '{{ system }}' as system,
    refund_id,
    order_id,
    amount,
    reason,
    refunded_at,
    updated_at,
    ingested_at
from {{ ref(model) }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'refund_id': 'varchar',
    'order_id': 'varchar',
    'amount': 'decimal(18, 4)',
    'reason': 'varchar',
    'refunded_at': 'timestamp',
    'updated_at': 'timestamp',
    'ingested_at': 'timestamp',
}) }}
{% endfor %}
