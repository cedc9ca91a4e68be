{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_owners() }}") }}

with

lines as (
    select * from {{ ref('stg_all__order_lines') }}
),

orders as (
    select * from {{ ref('orders') }}
    where {{ of_owners_touched() }}
),

products as (
    select * from {{ ref('stg_all__products') }}
)

select
    lines.order_line_id,
    lines.order_id,
    orders.profile_id,
    lines.product_id,
    products.name as product_name,
    products.category,
    products.brand,
    lines.quantity,
    case when orders.is_refunded then lines.quantity else 0 end as returned_quantity,
    orders.is_refunded as is_returned,
    {{ at_rate('lines.unit_price_amount', 'orders.exchange_rate') }} as unit_price_amount,
    {{ at_rate('lines.discount_amount', 'orders.exchange_rate') }} as discount_amount,
    {{ at_rate('lines.line_amount', 'orders.exchange_rate') }} as line_amount,
    orders.currency,
    orders.is_paid,
    orders.ordered_at,
    greatest(lines.ingested_at, orders.ingested_at) as ingested_at,
    cast(lines.ingested_at as date) as line_ingested_date
from lines
inner join orders on lines.order_id = orders.order_id
left join products on lines.product_id = products.product_id
