with

named as (
    select
        one_type as record_type,
        one_id as record_id
    from {{ ref('int_rows_changed') }}

    union

    select
        other_type as record_type,
        other_id as record_id
    from {{ ref('int_rows_changed') }}
)

select
    record_type,
    record_id,
    {{ identifier_key('record_type', 'record_id') }} as record_key
from named
where record_id is not null
