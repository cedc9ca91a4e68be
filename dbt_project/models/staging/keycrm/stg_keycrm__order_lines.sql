{{ config(enabled=is_used('keycrm')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'keycrm_order_lines') }}
),

latest as (
    {{ latest_version('source', key='order_line_id', event_at='updated_at') }}
),

-- every line is landed anew with each version of its order: those that stayed behind were taken out of it
dated as (
    select
        latest.*,
        max(latest.updated_at) over (partition by latest.order_id) as order_updated_at
    from latest
)

select
    'keycrm:' || order_line_id as order_line_id,
    'keycrm:' || order_id as order_id,
    'keycrm:' || product_id as product_id,
    quantity,
    unit_price_amount,
    coalesce(discount_amount, 0) as discount_amount,
    cast(quantity * unit_price_amount - coalesce(discount_amount, 0) as decimal(18, 4)) as line_amount,
    updated_at,
    ingested_at
from dated
where updated_at = order_updated_at
