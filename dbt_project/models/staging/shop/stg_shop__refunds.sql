{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_refunds') }}
),

latest as (
    {{ latest_version('source', key='refund_id', event_at='refunded_at') }}
)

select
    refund_id,
    order_id,
    amount,
    nullif(trim(reason), '') as reason,
    refunded_at,
    updated_at,
    ingested_at
from latest
