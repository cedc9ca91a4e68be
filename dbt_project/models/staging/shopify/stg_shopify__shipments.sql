{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_fulfillments') }}
),

latest as (
    {{ latest_version('source', key='fulfillment_id', event_at='created_at') }}
),

known as (
    select
        *,
        delivered_at is not null or display_status in ('DELIVERED', 'PICKED_UP') as has_arrived
    from latest
    -- what was called off, or never left for a fault of its label, is no parcel
    where not is_test and status not in ('CANCELLED', 'ERROR', 'FAILURE')
),

placed as (
    select
        *,
        case
            when has_arrived then 'delivered'
            when display_status = 'LABEL_VOIDED' then 'packed'
            when
                display_status in ('CONFIRMED', 'LABEL_PRINTED', 'LABEL_PURCHASED', 'READY_FOR_PICKUP', 'SUBMITTED')
                and in_transit_at is null
                then 'packed'
            else 'shipped'
        end as how_far
    from known
)

select
    'shopify:' || fulfillment_id as shipment_id,
    'shopify:' || order_id as order_id,
    how_far as status,
    case when how_far <> 'packed' then coalesce(in_transit_at, created_at) end as shipped_at,
    -- a shop that sets the state by hand gives no time: it is when the parcel was last changed
    case when has_arrived then coalesce(delivered_at, changed_at) end as delivered_at,
    updated_at,
    ingested_at
from placed
