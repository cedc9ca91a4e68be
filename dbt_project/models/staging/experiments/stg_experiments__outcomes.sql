with

source as (
    select * from {{ source('raw', 'experiments_outcomes') }}
)

select
    experiment,
    unit_id,
    metric,
    value,
    covariate
from source
