-- midnights whose day, counted from 1970-01-01, is a multiple of 30: the same ones whatever day it is
with

latest as (
    select {{ days_between("timestamp '1970-01-01'", plus_minutes('as_of', -1)) }} as day_number
    from {{ ref('horizons') }}
),

numbered as (
    select cast(floor(latest.day_number / {{ days_between_origins() }}.0) - numbers.number as integer) as origin_number
    from latest
    cross join {{ numbers_below(18) }} as numbers
)

select
    origin_number,
    {{ plus_days("timestamp '1970-01-01'", 'origin_number * ' ~ days_between_origins()) }} as as_of
from numbered
