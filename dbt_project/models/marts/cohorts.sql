{%- set types = ['source', 'campaign', 'promotion', 'category'] -%}
with

-- what each cohort did in each month, for all kinds of cohort at once
activity as (
    select
        joined.cohort_month,
        case
            {%- for name in types %}
            when grouping(joined.{{ name }}) = 0 then '{{ name }}'
            {%- endfor %}
            else 'all'
        end as cohort_type,
        coalesce(
            {%- for name in types %}
            joined.{{ name }},
            {%- endfor %}
            'all'
        ) as cohort_value,
        bought.month,
        count(*) as active_customers_count,
        sum(bought.net_amount) as revenue_amount
    from {{ ref('int_customer_months') }} as bought
    inner join {{ ref('acquisitions') }} as joined on bought.profile_id = joined.profile_id
    group by grouping sets (
        (joined.cohort_month, bought.month)
        {%- for name in types %},
        (joined.cohort_month, bought.month, joined.{{ name }})
        {%- endfor %}
    )
),

-- who joined in a month bought in it; of the values that few came by one cohort is made
counted as (
    select
        cohort_type,
        cohort_value,
        sum(active_customers_count) as customers_count
    from activity
    where month = cohort_month
    group by cohort_type, cohort_value
),

named as (
    select
        cohort_type,
        cohort_value,
        case
            when
                row_number() over (
                    partition by cohort_type
                    order by customers_count desc, cohort_value asc
                ) <= {{ var('cohort_values') }}
                then cohort_value
            else 'other'
        end as cohort
    from counted
),

cells as (
    select
        activity.cohort_type,
        named.cohort,
        activity.cohort_month,
        activity.month,
        sum(activity.active_customers_count) as active_customers_count,
        sum(activity.revenue_amount) as revenue_amount
    from activity
    inner join named on activity.cohort_type = named.cohort_type and activity.cohort_value = named.cohort_value
    group by
        activity.cohort_type,
        named.cohort,
        activity.cohort_month,
        activity.month
),

-- every month from the cohort's own to that of as_of, also those in which nobody came back
months as (
    select
        cells.cohort_type,
        cells.cohort,
        cells.cohort_month,
        cells.active_customers_count as customers_count,
        cast(numbers.number as integer) as months_since,
        cast({{ plus_months('cells.cohort_month', 'numbers.number') }} as date) as month,
        {{ plus_months('cells.cohort_month', 'numbers.number + 1') }} <= {{ as_of() }} as is_complete
    from cells
    inner join {{ numbers_below(600) }} as numbers
        on {{ plus_months('cells.cohort_month', 'numbers.number') }} <= {{ as_of() }}
    where cells.month = cells.cohort_month
),

filled as (
    select
        months.*,
        coalesce(cells.active_customers_count, 0) as active_customers_count,
        coalesce(cells.revenue_amount, 0) as revenue_amount,
        sum(coalesce(cells.revenue_amount, 0)) over (
            partition by months.cohort_type, months.cohort, months.cohort_month
            order by months.months_since
            rows between unbounded preceding and current row
        ) as cumulative_revenue_amount
    from months
    left join cells
        on
            months.cohort_type = cells.cohort_type
            and months.cohort = cells.cohort
            and months.cohort_month = cells.cohort_month
            and months.month = cells.month
)

-- a month under way has counts, and no ratio that would be taken for that of a whole one
select
    cohort_type,
    cohort,
    cohort_month,
    months_since,
    cast(customers_count as bigint) as customers_count,
    cast(active_customers_count as bigint) as active_customers_count,
    case when is_complete then cast(active_customers_count as double) / customers_count end as retention,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(cumulative_revenue_amount as decimal(18, 4)) as cumulative_revenue_amount,
    case when is_complete then cast(cumulative_revenue_amount as double) / customers_count end as ltv_amount,
    is_complete
from filled
