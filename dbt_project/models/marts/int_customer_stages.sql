{{ config(
    materialized='by_days',
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

-- A run of orders that keeps a person active is one stage: it began with the first of them, or when who was won back
-- had settled.
with

purchases as (
    select
        *,
        case
            when stage = 'active' and stage_before <> 'active' then ordered_at
            when stage = 'won_back' and (next_ordered_at is null or settles_at < next_ordered_at) then settles_at
        end as active_since_at,
        case when stage = 'won_back' then 'won_back' else stage_before end as before_active
    from {{ anew('int_orders_paced') }}
    where {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
)

select
    profile_id,
    max(purchase_number) as purchases_count,
    min(ordered_at) as first_order_at,
    max(ordered_at) as last_order_at,
    max(case when next_ordered_at is null then typical_gap_days end) as typical_gap_days,
    max(case when next_ordered_at is null then stage end) as stage,
    max(case when next_ordered_at is null then stage_before end) as stage_before,
    max(active_since_at) as active_since_at,
    {{ latest_value('before_active', 'active_since_at') }} as before_active,
    max(case when next_ordered_at is null then settles_at end) as settles_at,
    max(case when next_ordered_at is null then cools_at end) as cools_at,
    max(case when next_ordered_at is null then at_risk_at end) as at_risk_at,
    max(case when next_ordered_at is null then lapses_at end) as lapses_at
from purchases
group by profile_id
