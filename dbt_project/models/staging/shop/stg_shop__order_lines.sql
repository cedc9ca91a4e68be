{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_order_lines') }}
),

latest as (
    {{ latest_version('source', key='order_line_id', event_at='updated_at') }}
)

select
    order_line_id,
    order_id,
    product_id,
    quantity,
    unit_price_amount,
    coalesce(discount_amount, 0) as discount_amount,
    cast(quantity * unit_price_amount - coalesce(discount_amount, 0) as decimal(18, 4)) as line_amount,
    updated_at,
    ingested_at
from latest
