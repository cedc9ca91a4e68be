-- a view: what is judged after the warehouse was built is there at once
{{ config(materialized='view') }}

with

source as (
    select * from {{ source('raw', 'alerts_incidents') }}
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
from source
