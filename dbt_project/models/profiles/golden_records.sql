{#- Which record's word holds is declared in dbt_project.yml (`survivorship`); here it is applied, in one pass. -#}
with

-- every record of the person, the oldest first; ties go by where and what it is, so that no run differs from another
records as (
    select
        identifiers.profile_id,
        persons.*,
        persons.system || ':' || persons.person_id as record,
        row_number() over (
            partition by identifiers.profile_id
            order by persons.updated_at, persons.system, persons.person_type, persons.person_id
        ) as place
    from {{ ref('stg_all__persons') }} as persons
    inner join {{ ref('identifiers') }} as identifiers
        on
            persons.person_type = identifiers.identifier_type
            and persons.person_id = identifiers.identifier_value
),

ranked as (
    select
        *,
        {{ survival_ranks('place') }}
    from records
),

survived as (
    select
        profile_id,
        count(*) as records_count,
        count(distinct brand) as brands_count,
        {{ survivors() }}
    from ranked
    group by profile_id
)

select
    profile_id,
    records_count,
    brands_count,
    name_first_name as first_name,
    name_last_name as last_name,
    name_source,
    name_stated_at,
    address_street as street,
    address_postal_code as postal_code,
    address_city as city,
    -- a fuller address must not cost the country, by which numbers are read and nights are known
    coalesce(address_country_code, country_country_code) as country_code,
    address_source,
    address_stated_at,
    case when address_country_code is null then country_source end as country_source,
    case when address_country_code is null then country_stated_at end as country_stated_at,
    {{ survivors_alone(['name', 'address', 'country']) }}
from survived
