{{ config(materialized='view') }}

with

orders as (
    select * from {{ ref('orders') }}
    where is_paid
),

refunds as (
    select * from {{ ref('stg_all__refunds') }}
)

select
    'charge:' || order_id as payment_id,
    order_id,
    profile_id,
    'charge' as kind,
    total_amount as amount,
    currency,
    ordered_at as paid_at
from orders

union all

select
    'refund:' || refunds.refund_id as payment_id,
    orders.order_id,
    orders.profile_id,
    'refund' as kind,
    -({{ at_rate('refunds.amount', 'orders.exchange_rate') }}) as amount,
    orders.currency,
    refunds.refunded_at as paid_at
from refunds
inner join orders on refunds.order_id = orders.order_id
