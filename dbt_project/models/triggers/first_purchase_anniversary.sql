with

customers as (
    select
        profile_id,
        first_order_at,
        cast(extract('year' from {{ as_of() }}) - extract('year' from first_order_at) as integer) as calendar_years
    from {{ ref('profiles') }}
    where first_order_at is not null and revenue_amount > 0
),

-- before this year's day it is last year's that has passed
passed as (
    select
        profile_id,
        first_order_at,
        case
            when {{ plus_months('first_order_at', '12 * calendar_years') }} <= {{ as_of() }} then calendar_years
            else calendar_years - 1
        end as years
    from customers
),

reached as (
    select
        profile_id,
        years,
        {{ plus_months('first_order_at', '12 * years') }} as occurred_at
    from passed
    where years >= 1
)

select
    profile_id,
    occurred_at,
    cast(extract('year' from occurred_at) as varchar) as occasion,
    years as customer_years,
    {{ campaign(channel='email', purpose='marketing', voided_by=['return', 'ticket']) }}
from reached
where
    occurred_at > {{ plus_days(as_of(), -3) }}
    and {{ is_still_written_to('profile_id') }}
