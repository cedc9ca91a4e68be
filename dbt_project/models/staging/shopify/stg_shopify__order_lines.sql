{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_order_lines') }}
),

latest as (
    {{ latest_version('source', key='order_line_id', event_at='updated_at') }}
),

-- a line that was taken off its order is no longer listed with it
current_lines as (
    select
        latest.*,
        max(latest.updated_at) over (partition by latest.order_id) as listed_at
    from latest
)

select
    'shopify:' || order_line_id as order_line_id,
    'shopify:' || order_id as order_id,
    'shopify:' || nullif(trim(product_id), '') as product_id,
    quantity,
    unit_price_amount,
    coalesce(discount_amount, 0) as discount_amount,
    cast(quantity * unit_price_amount - coalesce(discount_amount, 0) as decimal(18, 4)) as line_amount,
    updated_at,
    ingested_at
from current_lines
where updated_at = listed_at and quantity > 0 and not is_test
