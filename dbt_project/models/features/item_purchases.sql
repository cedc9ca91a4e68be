-- Longer than most models: what was bought and what of it came back, as known at one instant and the other.
with

origins as (
    select
        as_of,
        people_pct
    from {{ now_and_before(30) }} as given
),

items as (
    select
        origins.as_of,
        items.profile_id,
        items.product_id,
        items.order_id,
        items.order_line_id,
        items.ordered_at,
        cast(items.ordered_at as date) as order_date,
        {{ days_between('items.ordered_at', 'origins.as_of') }} as age_days
    from {{ ref('order_items') }} as items
    inner join origins
        on
            items.ordered_at < origins.as_of
            and items.ingested_at <= origins.as_of
            and {{ bucket_of('items.profile_id') }} < origins.people_pct
    where items.is_paid and items.profile_id is not null and items.product_id is not null
),

-- a product that stands in two lines of an order was bought once
bought as (
    select distinct
        as_of,
        profile_id,
        product_id,
        order_id,
        ordered_at,
        order_date,
        age_days
    from items
),

paced as (
    select
        as_of,
        profile_id,
        {{ just_bought_days('min(ordered_at)', 'max(ordered_at)', 'count(distinct order_date)') }} as just_bought_days
    from bought
    group by as_of, profile_id
),

counted as (
    select
        as_of,
        profile_id,
        product_id,
        count(*) as purchases_count,
        min(ordered_at) as first_bought_at,
        max(ordered_at) as last_bought_at,
        -- summed as decimals, which gives the same to the last bit in whatever order the rows come
        cast(sum(
            cast(power(0.5, age_days / {{ var('purchase_half_life_days') }}.0) as decimal(18, 9))
        ) as double) as weight
    from bought
    group by as_of, profile_id, product_id
),

refund_lines as (
    select
        origins.as_of,
        refund_lines.order_id,
        refund_lines.order_line_id,
        refund_lines.product_id,
        refund_lines.updated_at
    from {{ ref('stg_all__refund_lines') }} as refund_lines
    inner join origins
        on
            refund_lines.updated_at < origins.as_of
            and refund_lines.ingested_at <= origins.as_of
),

told as (
    select distinct
        as_of,
        order_id
    from refund_lines
),

-- where no line says what the refunds of an order were for, all of it came back once all of the money was given back
refunded as (
    select
        origins.as_of,
        refunds.order_id,
        sum(refunds.amount) as amount,
        max(refunds.refunded_at) as refunded_at
    from {{ ref('stg_all__refunds') }} as refunds
    inner join origins
        on
            refunds.refunded_at < origins.as_of
            and refunds.ingested_at <= origins.as_of
    left join told
        on
            refunds.order_id = told.order_id
            and origins.as_of = told.as_of
    where told.order_id is null
    group by origins.as_of, refunds.order_id
),

came_back as (
    select
        items.as_of,
        items.profile_id,
        items.product_id,
        refund_lines.updated_at as returned_at
    from refund_lines
    inner join items
        on
            refund_lines.as_of = items.as_of
            and refund_lines.order_id = items.order_id
            and coalesce(refund_lines.order_line_id = items.order_line_id, refund_lines.product_id = items.product_id)
    union all
    select
        items.as_of,
        items.profile_id,
        items.product_id,
        refunded.refunded_at as returned_at
    from refunded
    inner join {{ ref('orders') }} as orders
        on
            refunded.order_id = orders.order_id
            and refunded.as_of > orders.ordered_at
            and refunded.as_of >= orders.ingested_at
    inner join items on refunded.as_of = items.as_of and refunded.order_id = items.order_id
    where refunded.amount >= orders.order_total_amount
),

returned as (
    select
        as_of,
        profile_id,
        product_id,
        max(returned_at) as last_returned_at
    from came_back
    group by as_of, profile_id, product_id
)

select
    counted.as_of,
    counted.profile_id,
    counted.product_id,
    counted.purchases_count,
    counted.first_bought_at,
    counted.last_bought_at,
    {{ days_between('counted.last_bought_at', 'counted.as_of') }} < paced.just_bought_days as is_just_bought,
    returned.last_returned_at,
    counted.weight
from counted
inner join paced on counted.as_of = paced.as_of and counted.profile_id = paced.profile_id
left join returned
    on
        counted.as_of = returned.as_of
        and counted.profile_id = returned.profile_id
        and counted.product_id = returned.product_id
