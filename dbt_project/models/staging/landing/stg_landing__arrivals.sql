{{ config(materialized='view') }}

select
    subject,
    measure,
    table_name as raw_table,
    judged_date,
    cases_count,
    value,
    usual_cases_count,
    usual_value,
    spreads_away,
    weeks_known,
    others_share,
    is_accepted,
    finding
from {{ source('raw', 'arrivals') }}
