with

orders as (
    select
        profile_id,
        cast(date_trunc('month', ordered_at) as date) as order_month,
        net_amount,
        is_first
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
),

joiners as (
    select
        profile_id,
        order_month as cohort_month
    from orders
    where is_first
),

sizes as (
    select
        cohort_month,
        count(*) as customers_count
    from joiners
    group by cohort_month
),

-- every month from the cohort's own to that of as_of, also those in which nobody came back
months as (
    select
        sizes.cohort_month,
        sizes.customers_count,
        numbers.number as months_since,
        cast({{ plus_months('sizes.cohort_month', 'numbers.number') }} as date) as order_month
    from sizes
    inner join {{ numbers_below(600) }} as numbers
        on {{ plus_months('sizes.cohort_month', 'numbers.number') }} <= {{ as_of() }}
),

activity as (
    select
        joiners.cohort_month,
        orders.order_month,
        count(distinct orders.profile_id) as active_customers_count,
        sum(orders.net_amount) as revenue_amount
    from orders
    inner join joiners on orders.profile_id = joiners.profile_id
    group by joiners.cohort_month, orders.order_month
)

select
    months.cohort_month,
    cast(months.months_since as integer) as months_since,
    months.customers_count,
    coalesce(activity.active_customers_count, 0) as active_customers_count,
    cast(coalesce(activity.active_customers_count, 0) as double) / months.customers_count as retention,
    coalesce(activity.revenue_amount, 0) as revenue_amount,
    sum(coalesce(activity.revenue_amount, 0)) over (
        partition by months.cohort_month
        order by months.months_since
        rows between unbounded preceding and current row
    ) as cumulative_revenue_amount,
    {{ plus_months('months.order_month', 1) }} <= {{ as_of() }} as is_complete
from months
left join activity
    on
        months.cohort_month = activity.cohort_month
        and months.order_month = activity.order_month
