with

fingerprints as (
    select * from {{ ref('int_inputs_fingerprinted') }}
),

known as (
    select * from {{ inputs_known() }}
),

changed as (
    select
        coalesce(fingerprints.fingerprint_key, known.fingerprint_key) as fingerprint_key,
        coalesce(fingerprints.origin_number, known.origin_number) as origin_number
    from fingerprints
    full outer join known
        on
            fingerprints.fingerprint_key = known.fingerprint_key
            and fingerprints.origin_number = known.origin_number
    where fingerprints.fingerprint is distinct from known.fingerprint
),

-- what one origin sees, later ones see too
persons as (
    select
        fingerprint_key as profile_id,
        min(origin_number) as from_number
    from changed
    where fingerprint_key <> 'everybody'
    group by fingerprint_key
)

select
    origins.origin_number,
    origins.as_of,
    people.profile_id
from {{ ref('int_origins') }} as origins
cross join {{ ref('int_people_sampled') }} as people
left join persons on people.profile_id = persons.profile_id
left join changed
    on
        origins.origin_number = changed.origin_number
        and changed.fingerprint_key = 'everybody'
where changed.origin_number is not null or origins.origin_number >= persons.from_number
