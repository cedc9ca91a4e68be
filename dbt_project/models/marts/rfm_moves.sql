{{ config(materialized='view') }}

select
    month,
    previous_segment as from_segment,
    segment as to_segment,
    count(*) as customers_count
from {{ ref('rfm_history') }}
group by month, previous_segment, segment
