with

orders as (
    select * from {{ ref('stg_all__orders') }}
),

identifiers as (
    select * from {{ ref('identifiers') }}
),

refunds as (
    select
        order_id,
        sum(amount) as refunded_amount,
        max(refunded_at) as refunded_at
    from {{ ref('stg_all__refunds') }}
    group by order_id
),

-- an order belongs to its account, and a guest's to the record of that guest
owned as (
    select
        orders.*,
        coalesce(account.profile_id, guest.profile_id) as profile_id,
        orders.status in ('paid', 'shipped', 'delivered') and orders.total_amount > 0 as is_paid,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        refunds.refunded_at
    from orders
    left join identifiers as account
        on
            orders.customer_type = account.identifier_type
            and orders.customer_id = account.identifier_value
    left join identifiers as guest
        on
            guest.identifier_type = 'guest'
            and {{ guest_id('orders') }} = guest.identifier_value
    left join refunds on orders.order_id = refunds.order_id
)

select
    order_id,
    profile_id,
    ordered_at,
    ingested_at,
    status,
    is_paid,
    currency,
    total_amount,
    discount_amount,
    refunded_amount,
    refunded_at,
    case when is_paid then total_amount - refunded_amount else 0 end as net_amount,
    coupon_code,
    country_code,
    brand
from owned
