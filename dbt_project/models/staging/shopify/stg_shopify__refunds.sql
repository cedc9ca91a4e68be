{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_refunds') }}
),

latest as (
    {{ latest_version('source', key='refund_id', event_at='coalesce(refunded_at, updated_at)') }}
)

select
    'shopify:' || refund_id as refund_id,
    'shopify:' || order_id as order_id,
    amount,
    nullif(trim(reason), '') as reason,
    coalesce(refunded_at, updated_at) as refunded_at,
    updated_at,
    ingested_at
from latest
-- one without an amount only puts goods back into stock
where amount > 0 and not is_test
