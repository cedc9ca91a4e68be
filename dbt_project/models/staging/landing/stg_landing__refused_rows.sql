{{ config(materialized='view') }}

select
    quarantine_id,
    source || '_' || table_name as raw_table,
    row_key,
    reason,
    detail,
    quarantined_at,
    case when closed_at <= {{ as_of() }} then state else 'open' end as state,
    case when closed_at <= {{ as_of() }} then closed_at end as closed_at
from {{ source('raw', 'quarantine') }}
where quarantined_at <= {{ as_of() }}
