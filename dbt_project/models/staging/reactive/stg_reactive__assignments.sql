with

source as (
    select * from {{ source('raw', 'reactive_assignments') }}
),

-- a worker that was killed and began anew may say the same twice: the first holds
placed as (
    select
        *,
        row_number() over (partition by experiment, phase, profile_id order by assigned_at asc, message_id asc) as place
    from source
    where assigned_at <= {{ as_of() }}
)

select
    experiment,
    phase,
    profile_id,
    arm,
    is_control,
    bucket,
    assigned_at,
    campaign,
    channel,
    message_id,
    ids_count
from placed
where place = 1
