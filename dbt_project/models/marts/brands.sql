with

customers as (
    select
        *,
        count(*) over (partition by profile_id) as brands_count
    from {{ ref('int_customers_branded') }}
)

select
    brand,
    count(*) as customers_count,
    count(case when last_order_at > {{ plus_days(as_of(), -365) }} then 1 end) as active_customers_count,
    count(case when brands_count > 1 then 1 end) as shared_customers_count,
    cast(sum(orders_count) as bigint) as orders_count,
    sum(revenue_amount) as revenue_amount,
    '{{ reporting_currency() }}' as currency,
    min(first_order_at) as first_order_at,
    max(last_order_at) as last_order_at
from customers
group by brand
