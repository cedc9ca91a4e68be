with

parcels as (
    select * from {{ ref('stg_all__shipments') }}
),

orders as (
    select * from {{ ref('orders') }}
),

-- an order has arrived with its last parcel
gathered as (
    select
        order_id,
        count(*) as parcels_count,
        min(shipped_at) as shipped_at,
        case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at,
        max(case when status = 'returned' then 1 else 0 end) = 1 as is_returned
    from parcels
    group by order_id
)

select
    gathered.order_id,
    orders.profile_id,
    orders.ordered_at,
    gathered.parcels_count,
    gathered.shipped_at,
    gathered.delivered_at,
    gathered.is_returned
from gathered
inner join orders on gathered.order_id = orders.order_id
