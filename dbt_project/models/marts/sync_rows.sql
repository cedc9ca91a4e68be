-- a view, as what it reads
{{ config(materialized='view') }}

with

sync_rows as (
    select * from {{ ref('stg_feedback__sync_rows') }}
),

ids as (
    select * from {{ ref('profile_ids') }}
)

select
    sync_rows.sync_id,
    sync_rows.synced_at,
    sync_rows.destination,
    sync_rows.audience,
    coalesce(ids.current_profile_id, sync_rows.profile_id) as profile_id,
    sync_rows.row_id,
    sync_rows.action,
    sync_rows.outcome,
    sync_rows.code as reason,
    sync_rows.detail,
    sync_rows.attempts as attempts_count,
    sync_rows.attempts > 1 as is_retried,
    case
        when sync_rows.outcome = 'rejected' then 'tried again later, or when the row changes'
        when sync_rows.outcome in ('in_doubt', 'left') then 'goes with the next run'
        when sync_rows.outcome = 'held' then 'waits for a person'
        else 'nothing'
    end as next_step,
    sync_rows.next_at
from sync_rows
left join ids on sync_rows.profile_id = ids.profile_id
