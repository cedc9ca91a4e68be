{{ config(enabled=is_used('hubspot')) }}

-- a record may have become part of one that became part of another: each survivor names all of them
select
    'hubspot_id' as left_type,
    contact_id as left_id,
    'hubspot_id' as right_type,
    merged_id as right_id,
    'merge' as stated_by,
    updated_at as stated_at,
    ingested_at
from (
    select
        contact_id,
        trim({{ each_listed('merged_ids') }}) as merged_id,
        updated_at,
        ingested_at
    from {{ ref('stg_hubspot__contacts') }}
    where merged_ids is not null
) as named
where merged_id <> ''
