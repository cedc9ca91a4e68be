{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_refund_lines') }}
),

latest as (
    {{ latest_version('source', key='refund_line_id', event_at='updated_at') }}
)

select
    refund_line_id,
    refund_id,
    order_id,
    nullif(trim(order_line_id), '') as order_line_id,
    nullif(trim(product_id), '') as product_id,
    quantity,
    amount,
    updated_at,
    ingested_at
from latest
