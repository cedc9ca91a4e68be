{{ config(materialized='view') }}

with

purchases as (
    select
        *,
        case when stage = 'new' then 'new' else 'active' end as stage_until_cooling,
        coalesce(next_ordered_at, {{ plus_days(as_of(), 1) }}) as ends_at
    from {{ ref('int_orders_paced') }}
),

-- by an order
risen as (
    select
        profile_id,
        ordered_at as changed_at,
        stage_before as from_stage,
        stage as to_stage
    from purchases
    where stage <> stage_before
),

-- by the time that passed without one
passed as (
    {%- for column, stage_from, stage_to in [
        ('settles_at', "'won_back'", 'active'),
        ('cools_at', 'stage_until_cooling', 'cooling'),
        ('at_risk_at', "'cooling'", 'at_risk'),
        ('lapses_at', "'at_risk'", 'lapsed'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        profile_id,
        {{ column }} as changed_at,
        {{ stage_from }} as from_stage,
        '{{ stage_to }}' as to_stage
    from purchases
    where
        {{ column }} < ends_at and {{ column }} <= {{ as_of() }}
        and {{ "stage = 'won_back'" if stage_to == 'active' else 'true' }}
    {%- endfor %}
)

select
    profile_id,
    changed_at,
    from_stage,
    to_stage
from risen
union all
select
    profile_id,
    changed_at,
    from_stage,
    to_stage
from passed
