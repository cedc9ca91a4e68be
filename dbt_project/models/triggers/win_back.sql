{%- set least = var('come_back_after_days') -%}
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

-- a regular who is late by their own rhythm, but nobody is asked to come back right after an order; after a year it is
-- no longer a lapse
overdue as (
    select
        profile_id,
        last_order_at,
        {{ plus_days('last_order_at', 'greatest(cast(2 * mean_gap_days as integer), ' ~ least ~ ')') }} as occurred_at
    from rhythms
    where
        orders_count >= 3
        and mean_gap_days > 0
        and last_order_at > {{ plus_days(as_of(), -365) }}
)

-- whoever is likely to come back unasked needs no reminder; without a score the rhythm decides alone
select
    overdue.profile_id,
    overdue.occurred_at,
    cast(overdue.last_order_at as varchar) as occasion,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from overdue
left join {{ latest_scores('purchase_30d') }} as propensity on overdue.profile_id = propensity.profile_id
where
    overdue.occurred_at <= {{ as_of() }}
    and overdue.occurred_at > {{ plus_days(as_of(), -30) }}
    and coalesce(propensity.score, 0) < 0.5
    and {{ is_still_written_to('overdue.profile_id') }}
