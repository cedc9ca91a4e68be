{{ config(materialized='view') }}

select
    campaign,
    kind,
    run_on,
    entering_count,
    leaving_count,
    is_held
from {{ left_by_last_run('campaign_history', {
    'campaign': 'varchar', 'kind': 'varchar', 'run_on': 'date', 'entering_count': 'bigint', 'leaving_count': 'bigint',
    'is_held': 'boolean'
}) }} as known
where run_on < cast({{ as_of() }} as date)
