{{ config(enabled=is_used('woocommerce')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'woocommerce_order_lines') }}
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
    'woocommerce:' || order_line_id as order_line_id,
    'woocommerce:' || order_id as order_id,
    'woocommerce:' || nullif(trim(product_id), '') as product_id,
    quantity,
    cast((subtotal + coalesce(subtotal_tax, 0)) / nullif(quantity, 0) as decimal(18, 4)) as unit_price_amount,
    cast(
        subtotal + coalesce(subtotal_tax, 0) - total - coalesce(total_tax, 0) as decimal(18, 4)
    ) as discount_amount,
    cast(total + coalesce(total_tax, 0) as decimal(18, 4)) as line_amount,
    updated_at,
    ingested_at
from current_lines
where updated_at = listed_at and quantity > 0
