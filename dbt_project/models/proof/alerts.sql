-- a view: what is judged after this step is there at once
{{ config(materialized='view') }}

with

incidents as (
    select * from {{ ref('stg_alerts__incidents') }}
)

select
    alert_id,
    opened_at,
    seen_at,
    closed_at,
    step,
    dimension,
    name,
    direction,
    value,
    usual,
    low,
    high,
    severity,
    cause,
    evidence,
    what_next,
    sentence,
    told_opened_at,
    told_closed_at
from incidents
