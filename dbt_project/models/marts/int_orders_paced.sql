{{ config(
    materialized='by_days',
    meta={'anew': true},
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

{%- set policy = var('lifecycle') -%}
with

-- what is ordered on one day is one purchase; what was given back in full is none
purchases as (
    select
        profile_id,
        min(ordered_at) as ordered_at
    from {{ anew('orders') }}
    where
        is_paid and not is_refunded and profile_id is not null
        and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
    group by profile_id, cast(ordered_at as date)
),

numbered as (
    select
        profile_id,
        ordered_at,
        row_number() over (partition by profile_id order by ordered_at) as purchase_number,
        first_value(ordered_at) over (partition by profile_id order by ordered_at) as first_ordered_at
    from purchases
),

-- the mean of the person's own gaps so far and of the usual one, which counts as several
gauged as (
    select
        profile_id,
        ordered_at,
        purchase_number,
        least({{ policy.longest_gap_days }}, greatest({{ policy.shortest_gap_days }}, (
            {{ policy.usual_gap_weight * policy.usual_gap_days }}
            + {{ days_between('first_ordered_at', 'ordered_at') }}
        ) / cast({{ policy.usual_gap_weight }} + purchase_number - 1 as double))) as typical_gap_days
    from numbered
),

-- what happens to who orders no more, known with the order
scheduled as (
    select
        *,
        {{ plus_days('ordered_at', stage_days('settled')) }} as settles_at,
        {{ plus_days('ordered_at', stage_days('cooling')) }} as cools_at,
        {{ plus_days('ordered_at', stage_days('at_risk')) }} as at_risk_at,
        {{ plus_days('ordered_at', stage_days('lapsed')) }} as lapses_at
    from gauged
),

-- beside the purchase before, and with whether that one had won the person back
followed as (
    select
        *,
        lead(ordered_at) over by_person as next_ordered_at,
        lag(settles_at) over by_person as settled_at,
        lag(cools_at) over by_person as cooled_at,
        lag(at_risk_at) over by_person as was_at_risk_at,
        lag(lapses_at) over by_person as lapsed_at,
        coalesce(lag(ordered_at) over by_person > lag(at_risk_at, 2) over by_person, false) as was_won_back
    from scheduled
    window by_person as (partition by profile_id order by ordered_at)
),

met as (
    select
        *,
        case
            when purchase_number = 1 then 'lead'
            when lapsed_at < ordered_at then 'lapsed'
            when was_at_risk_at < ordered_at then 'at_risk'
            when cooled_at < ordered_at then 'cooling'
            when purchase_number = 2 then 'new'
            when was_won_back and settled_at >= ordered_at then 'won_back'
            else 'active'
        end as stage_before
    from followed
)

select
    profile_id,
    ordered_at,
    next_ordered_at,
    purchase_number,
    typical_gap_days,
    stage_before,
    case
        when stage_before = 'lead' then 'new'
        when stage_before in ('at_risk', 'lapsed') then 'won_back'
        else 'active'
    end as stage,
    settles_at,
    cools_at,
    at_risk_at,
    lapses_at
from met
