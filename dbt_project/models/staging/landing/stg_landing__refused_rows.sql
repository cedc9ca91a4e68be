{{ config(materialized='view') }}

select
    quarantine_id,
    source || '_' || table_name as raw_table,
    row_key,
    reason,
    detail,
    quarantined_at
from {{ source('raw', 'quarantine') }}
where quarantined_at <= {{ as_of() }}
