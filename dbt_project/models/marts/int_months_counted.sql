with

bought as (
    select
        month,
        {{ fingerprint_of(ref('int_customer_months'), [
            'profile_id', 'month', 'orders_count', 'net_amount', 'last_order_at'
        ]) }} as fingerprint
    from {{ ref('int_customer_months') }}
    group by month
),

first_month as (
    select min(month) as month
    from bought
),

months as (
    select cast({{ plus_months('first_month.month', 'numbers.number') }} as date) as month
    from first_month
    inner join {{ numbers_below(1200) }} as numbers
        on {{ plus_months('first_month.month', 'numbers.number') }} <= {{ as_of() }}
)

select
    months.month,
    cast(least({{ plus_days(plus_months('months.month', 1), -1) }}, {{ as_of() }}) as date) as moment_date,
    bought.fingerprint
from months
left join bought on months.month = bought.month
