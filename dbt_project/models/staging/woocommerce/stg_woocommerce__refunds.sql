{{ config(enabled=is_used('woocommerce')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'woocommerce_refunds') }}
),

latest as (
    {{ latest_version('source', key='refund_id', event_at='refunded_at') }}
)

select
    'woocommerce:' || refund_id as refund_id,
    'woocommerce:' || order_id as order_id,
    amount,
    nullif(trim(reason), '') as reason,
    refunded_at,
    updated_at,
    ingested_at
from latest
-- one without an amount only puts goods back into stock
where amount > 0
