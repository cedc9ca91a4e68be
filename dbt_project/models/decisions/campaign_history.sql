{#- what happened cannot be worked out again: not even --full-refresh begins it anew -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['campaign', 'run_on'],
        full_refresh=false
    )
}}

with

counted as (
    select
        campaign,
        kind,
        cast(decided_at as date) as run_on,
        decided_at,
        asked_count,
        going_count,
        entering_count,
        leaving_count,
        members_count,
        is_held
    from {{ ref('int_campaigns_counted') }}
)

-- of several runs on a day the largest figures stay: the later ones find most of it done
{% if is_incremental() %}
select
    counted.campaign,
    counted.kind,
    counted.run_on,
    counted.decided_at,
    greatest(counted.asked_count, coalesce(earlier.asked_count, 0)) as asked_count,
    greatest(counted.going_count, coalesce(earlier.going_count, 0)) as going_count,
    greatest(counted.entering_count, coalesce(earlier.entering_count, 0)) as entering_count,
    greatest(counted.leaving_count, coalesce(earlier.leaving_count, 0)) as leaving_count,
    counted.members_count,
    counted.is_held or coalesce(earlier.is_held, false) as is_held
from counted
left join {{ this }} as earlier on counted.campaign = earlier.campaign and counted.run_on = earlier.run_on
{% else %}
select
    campaign,
    kind,
    run_on,
    decided_at,
    asked_count,
    going_count,
    entering_count,
    leaving_count,
    members_count,
    is_held
from counted
{% endif %}
