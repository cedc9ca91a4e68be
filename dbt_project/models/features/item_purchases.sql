-- what was bought and what of it came back
with

origins as (
    select
        as_of,
        people_pct
    from {{ now_and_before(30) }} as given
),

bought as (
    select distinct
        origins.as_of,
        items.profile_id,
        items.product_id,
        items.order_id,
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
        refund_lines.order_id,
        refund_lines.order_line_id,
        refund_lines.product_id,
        coalesce(refunds.refunded_at, refund_lines.updated_at) as refunded_at,
        greatest(refund_lines.ingested_at, coalesce(refunds.ingested_at, refund_lines.ingested_at)) as ingested_at
    from {{ ref('stg_all__refund_lines') }} as refund_lines
    left join {{ ref('stg_all__refunds') }} as refunds on refund_lines.refund_id = refunds.refund_id
),

-- where no line says what the refunds of an order were for, all of it came back once all of the money was given back
wholly_refunded as (
    select
        origins.as_of,
        orders.order_id,
        max(refunds.refunded_at) as refunded_at
    from {{ ref('stg_all__refunds') }} as refunds
    inner join origins
        on
            refunds.refunded_at < origins.as_of
            and refunds.ingested_at <= origins.as_of
    inner join {{ ref('orders') }} as orders on refunds.order_id = orders.order_id
    left join refund_lines
        on
            refunds.order_id = refund_lines.order_id
            and origins.as_of > refund_lines.refunded_at
            and origins.as_of >= refund_lines.ingested_at
    where refund_lines.order_id is null
    group by origins.as_of, orders.order_id
    having sum(refunds.amount) >= max(orders.order_total_amount)
),

came_back as (
    select
        origins.as_of,
        items.profile_id,
        items.product_id,
        refund_lines.refunded_at
    from refund_lines
    inner join origins
        on
            refund_lines.refunded_at < origins.as_of
            and refund_lines.ingested_at <= origins.as_of
    inner join {{ ref('order_items') }} as items
        on
            refund_lines.order_id = items.order_id
            and coalesce(refund_lines.order_line_id = items.order_line_id, refund_lines.product_id = items.product_id)
    union all
    select
        wholly_refunded.as_of,
        items.profile_id,
        items.product_id,
        wholly_refunded.refunded_at
    from wholly_refunded
    inner join {{ ref('order_items') }} as items on wholly_refunded.order_id = items.order_id
),

returned as (
    select
        as_of,
        profile_id,
        product_id,
        max(refunded_at) as last_returned_at
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
