with

free_mail as (
    select * from {{ ref('free_mail_domains') }}
),

records as (
    select
        identifiers.profile_id,
        persons.person_type,
        persons.person_id,
        persons.email,
        persons.company_name,
        persons.updated_at,
        {{ registered_domain(after_at('persons.email')) }} as mail_domain,
        {{ company_key('persons.company_name') }} as company_key
    from {{ ref('stg_all__persons') }} as persons
    inner join {{ ref('identifiers') }} as identifiers
        on
            persons.person_type = identifiers.identifier_type
            and persons.person_id = identifiers.identifier_value
    where persons.email is not null or persons.company_name is not null
),

employed as (
    select
        records.*,
        case when free_mail.domain is null then records.mail_domain end as domain,
        members.company_id as stated_company_id,
        members.stated_at
    from records
    left join free_mail on records.mail_domain = free_mail.domain
    left join {{ ref('stg_all__company_members') }} as members
        on
            records.person_type = members.person_type
            and records.person_id = members.person_id
)

-- a company that is only named has no record of its own: its name is its key
select
    profile_id,
    domain,
    coalesce(stated_company_id, 'name:' || company_key) as company_id,
    company_name,
    case
        when stated_company_id is not null then 'association'
        when company_key is not null then 'name'
        else 'domain'
    end as stated_by,
    coalesce(stated_at, updated_at) as stated_at,
    email
from employed
where domain is not null or stated_company_id is not null or company_key is not null
