{{ config(materialized='by_days', meta={'anew': true}, pre_hook="{{ forget_owners() }}") }}

with

lines as (
    select * from {{ ref('stg_all__order_lines') }}
),

orders as (
    select * from {{ anew('orders') }}
    where {{ of_owners_touched() }}
),

products as (
    select * from {{ ref('stg_all__products') }}
),

refund_lines as (
    select * from {{ ref('stg_all__refund_lines') }}
),

-- a refund that names the product alone is of the first line with it
guessed as (
    select
        refund_lines.refund_line_id,
        max(refund_lines.quantity) as quantity,
        min(lines.order_line_id) as order_line_id
    from refund_lines
    inner join lines
        on
            refund_lines.order_id = lines.order_id
            and refund_lines.product_id = lines.product_id
    where refund_lines.order_line_id is null
    group by refund_lines.refund_line_id
),

returned as (
    select
        order_line_id,
        sum(quantity) as quantity
    from (
        select
            order_line_id,
            quantity
        from refund_lines
        where order_line_id is not null
        union all
        select
            order_line_id,
            quantity
        from guessed
    ) as known
    group by order_line_id
),

-- where no line says what the refunds were for, all of a wholly refunded order came back, and nothing known of another
counted as (
    select
        lines.*,
        cast(case
            when orders.refund_lines_count > 0 then least(lines.quantity, coalesce(returned.quantity, 0))
            when orders.is_refunded then lines.quantity
            else 0
        end as decimal(18, 4)) as returned_quantity,
        orders.profile_id,
        orders.currency,
        orders.exchange_rate,
        orders.is_paid,
        orders.ordered_at,
        orders.ingested_at as order_ingested_at
    from lines
    inner join orders on lines.order_id = orders.order_id
    left join returned on lines.order_line_id = returned.order_line_id
)

select
    counted.order_line_id,
    counted.order_id,
    counted.profile_id,
    counted.product_id,
    products.name as product_name,
    products.category,
    products.brand,
    cast(counted.quantity as decimal(18, 4)) as quantity,
    counted.returned_quantity,
    counted.returned_quantity >= counted.quantity as is_returned,
    {{ at_rate('counted.unit_price_amount', 'counted.exchange_rate') }} as unit_price_amount,
    {{ at_rate('counted.discount_amount', 'counted.exchange_rate') }} as discount_amount,
    {{ at_rate('counted.line_amount', 'counted.exchange_rate') }} as line_amount,
    counted.currency,
    counted.is_paid,
    counted.ordered_at,
    greatest(counted.ingested_at, counted.order_ingested_at) as ingested_at,
    cast(counted.ingested_at as date) as line_ingested_date
from counted
left join products on counted.product_id = products.product_id
