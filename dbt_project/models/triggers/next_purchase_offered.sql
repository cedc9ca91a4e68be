with

last_orders as (
    select
        profile_id,
        max(ordered_at) as last_ordered_at
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
    group by profile_id
),

-- the first estimate after the last order that expects the next within three days: the date moves daily, this stays
expected as (
    select
        last_orders.profile_id,
        last_orders.last_ordered_at,
        min(estimates.as_of) as occurred_at
    from {{ scores_of_last_days('next_order_date', days=30) }} as estimates
    inner join last_orders on estimates.profile_id = last_orders.profile_id
    where
        estimates.as_of > last_orders.last_ordered_at
        and estimates.expected_on <= cast({{ plus_days('estimates.as_of', 3) }} as date)
    group by last_orders.profile_id, last_orders.last_ordered_at
)

-- once for each gap between two orders
select
    profile_id,
    occurred_at,
    cast(last_ordered_at as varchar) as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from expected
where {{ is_due('occurred_at', for_days=5) }}
