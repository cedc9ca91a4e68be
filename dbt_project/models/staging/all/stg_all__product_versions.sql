{{ config(materialized='view') }}
{%- set parts = [
    ('shop', 'shop_products', '', 'currency'),
    ('shopify', 'shopify_products', 'shopify:', 'currency'),
    ('woocommerce', 'woocommerce_products', 'woocommerce:', 'cast(null as varchar)'),
] %}
{% for system, landed, prefix, currency in parts if is_used(system) %}
{{ 'union all' if not loop.first }}

-- what the first load brought holds since its own last change; before that nothing is known
select
    '{{ system }}' as system,
    '{{ prefix }}' || product_id as product_id,
    price_amount,
    {{ currency }} as currency,
    stock_quantity,
    updated_at,
    _landed_at as landed_at
from {{ source('raw', landed) }}
where
    not coalesce(_is_deleted, false)
    and case when _is_backfill then coalesce(updated_at, _landed_at) else _landed_at end <= {{ as_of() }}
{% else %}
{{ nothing_of({
    'system': 'varchar',
    'product_id': 'varchar',
    'price_amount': 'decimal(18, 4)',
    'currency': 'varchar',
    'stock_quantity': 'bigint',
    'updated_at': 'timestamp',
    'landed_at': 'timestamp',
}) }}
{% endfor %}
