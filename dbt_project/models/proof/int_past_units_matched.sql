with

units as (
    select * from {{ ref('stg_experiments__units') }}
),

wanted as (
    select distinct profile_key_type
    from units
    where profile_key is not null
),

-- an identifier of several people says of nobody who they were
identifiers as (
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.profile_id
    from {{ ref('identifiers') }} as identifiers
    where not identifiers.is_shared
),

-- hashed only where a file has hashes
keyed as (
    {%- for ending, key in {
        '': 'identifiers.identifier_value',
        '_md5': 'md5(identifiers.identifier_value)',
        '_sha256': sha256_of('identifiers.identifier_value'),
    }.items() %}
    select
        wanted.profile_key_type,
        {{ key }} as profile_key,
        identifiers.profile_id
    from identifiers
    inner join wanted on identifiers.identifier_type || '{{ ending }}' = wanted.profile_key_type
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- experiments whose file says what came of it are judged by that alone
told as (
    select distinct experiment
    from {{ ref('stg_experiments__outcomes') }}
),

matched as (
    select
        units.*,
        keyed.profile_id,
        told.experiment is not null as is_told
    from units
    left join keyed
        on
            units.profile_key_type = keyed.profile_key_type
            and units.profile_key = keyed.profile_key
    left join told on units.experiment = told.experiment
)

select
    experiment,
    unit_id,
    profile_id,
    arm,
    is_control,
    assigned_at,
    segment,
    outcome_days,
    is_told,
    profile_id is not null
    and min(arm) over (partition by experiment, profile_id)
    <> max(arm) over (partition by experiment, profile_id) as is_merged
from matched
