with

rhythms as (
    select
        profile_id,
        count(*) as orders_count,
        max(ordered_at) as last_order_at,
        avg(gap_days) as mean_gap_days
    from {{ ref('orders') }}
    where is_paid and profile_id is not null
    group by profile_id
),

-- a regular who is late by their own rhythm, not by a figure for all; after a year it is no longer a lapse
overdue as (
    select
        profile_id,
        last_order_at,
        {{ plus_days('last_order_at', 'cast(2 * mean_gap_days as integer)') }} as occurred_at
    from rhythms
    where
        orders_count >= 3
        and mean_gap_days > 0
        and last_order_at > {{ plus_days(as_of(), -365) }}
        and last_order_at <= {{ plus_days(as_of(), -45) }}
)

-- whoever is likely to come back unasked needs no reminder; without a score the rhythm decides alone
select
    overdue.profile_id,
    overdue.occurred_at,
    cast(overdue.last_order_at as varchar) as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order']) }}
from overdue
left join {{ latest_scores('purchase_30d') }} as propensity on overdue.profile_id = propensity.profile_id
where
    overdue.occurred_at <= {{ as_of() }}
    and coalesce(propensity.score, 0) < 0.5
