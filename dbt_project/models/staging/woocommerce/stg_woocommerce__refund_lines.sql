{{ config(enabled=is_used('woocommerce')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'woocommerce_refund_lines') }}
),

latest as (
    {{ latest_version('source', key='refund_line_id', event_at='updated_at') }}
)

select
    'woocommerce:' || refund_line_id as refund_line_id,
    'woocommerce:' || refund_id as refund_id,
    'woocommerce:' || order_id as order_id,
    'woocommerce:' || order_line_id as order_line_id,
    'woocommerce:' || product_id as product_id,
    quantity,
    cast(total + coalesce(total_tax, 0) as decimal(18, 4)) as amount,
    updated_at,
    ingested_at
from latest
-- money given back for a line that stays with the customer
where quantity > 0
