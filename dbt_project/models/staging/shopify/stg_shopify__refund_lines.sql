{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_refund_lines') }}
),

latest as (
    {{ latest_version('source', key='refund_line_id', event_at='updated_at') }}
)

select
    'shopify:' || refund_line_id as refund_line_id,
    'shopify:' || refund_id as refund_id,
    'shopify:' || order_id as order_id,
    'shopify:' || order_line_id as order_line_id,
    cast(null as varchar) as product_id,
    quantity,
    amount,
    updated_at,
    ingested_at
from latest
where quantity > 0 and not is_test
