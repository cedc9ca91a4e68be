-- a view: what is judged after this step is there at once
{{ config(materialized='view') }}

with

effects as (
    select * from {{ ref('stg_experiments__effects') }}
)

select
    as_of,
    experiment,
    phase,
    segment_type,
    segment,
    metric,
    arm,
    control_arm,
    people_count,
    control_people_count,
    value,
    control_value,
    effect,
    effect_low,
    effect_high,
    lift,
    lift_low,
    lift_high,
    always_low,
    always_high,
    p_value,
    adjusted_p_value,
    is_primary,
    plan,
    look,
    looks,
    information,
    boundary_z,
    is_look_due,
    minimum_effect,
    needed_count,
    ratio_p_value,
    is_ratio_alarm,
    is_adjusted,
    state,
    sentence
from effects
