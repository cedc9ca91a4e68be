{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_shipments') }}
),

latest as (
    {{ latest_version('source', key='shipment_id', event_at='coalesce(shipped_at, updated_at)') }}
)

select
    shipment_id,
    order_id,
    status,
    shipped_at,
    delivered_at,
    updated_at,
    ingested_at
from latest
