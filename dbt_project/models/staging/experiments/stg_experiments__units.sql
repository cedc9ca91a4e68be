with

source as (
    select * from {{ source('raw', 'experiments_units') }}
)

select
    experiment,
    unit_id,
    arm,
    is_control,
    assigned_at,
    nullif(trim(segment), '') as segment,
    nullif(lower(trim(profile_key_type)), '') as profile_key_type,
    -- spelt as the identifiers are that it is compared with; a hash in small letters
    case
        when lower(trim(profile_key_type)) = 'email' then {{ normalized_email('profile_key') }}
        when lower(trim(profile_key_type)) like '%_md5' or lower(trim(profile_key_type)) like '%_sha256'
            then nullif(lower(trim(profile_key)), '')
        else nullif(trim(profile_key), '')
    end as profile_key,
    outcome_days,
    imported_at
from source
where assigned_at <= {{ as_of() }}
