with

-- what contacts and accounts say of the person; of several the latest that says anything holds
records as (
    select
        identifiers.profile_id,
        persons.first_name,
        persons.last_name,
        persons.country_code,
        persons.city,
        persons.time_zone,
        persons.birth_date,
        persons.preferred_channel,
        persons.updated_at
    from {{ ref('stg_all__persons') }} as persons
    inner join {{ ref('identifiers') }} as identifiers
        on
            persons.person_type = identifiers.identifier_type
            and persons.person_id = identifiers.identifier_value
)

select
    profile_id,
    {{ latest_value('first_name', 'updated_at') }} as first_name,
    {{ latest_value('last_name', 'updated_at') }} as last_name,
    {{ latest_value('country_code', 'updated_at') }} as country_code,
    {{ latest_value('city', 'updated_at') }} as city,
    {{ latest_value('time_zone', 'updated_at') }} as time_zone,
    {{ latest_value('birth_date', 'updated_at') }} as birth_date,
    {{ latest_value('preferred_channel', 'updated_at') }} as preferred_channel
from records
group by profile_id
