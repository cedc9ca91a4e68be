-- a view: a first load has a row for each member of each list, and nobody needs these twice
{{ config(materialized='view') }}

with

source as (
    select * from {{ source('raw', 'feedback_sync_rows') }}
)

select
    sync_id,
    destination,
    audience,
    profile_id,
    row_id,
    action,
    outcome,
    code,
    detail,
    attempts,
    synced_at,
    next_at
from source
where synced_at <= {{ as_of() }}
