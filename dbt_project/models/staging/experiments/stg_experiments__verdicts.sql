-- a view: what is decided after this step is there at once
{{ config(materialized='view') }}

with

source as (
    select * from {{ source('raw', 'experiments_verdicts') }}
)

select
    verdict_id,
    experiment,
    phase,
    look,
    decided_at,
    decision,
    winner,
    next_phase,
    reason,
    decided_by,
    metric,
    estimate,
    low,
    high,
    information,
    boundary_z,
    people_count,
    rule_version,
    retired
from source
where decided_at <= {{ as_of() }}
