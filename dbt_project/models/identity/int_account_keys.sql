with

stated as (
    select * from {{ ref('int_employments_stated') }}
),

free_mail as (
    select * from {{ ref('free_mail_domains') }}
),

-- an address at a domain that joins nobody (info@, many people's) is the company's own
mailboxes as (
    select distinct stated.domain
    from stated
    left join {{ ref('identifiers') }} as identifiers
        on identifiers.identifier_type = 'email' and stated.email = identifiers.identifier_value
    where stated.domain is not null and stated.email is not null and identifiers.identifier_value is null
),

of_companies as (
    select
        company_id,
        domain,
        {{ before_dot('domain') }} as label,
        count(distinct profile_id) as people_count
    from stated
    where company_id is not null and domain is not null
    group by company_id, domain
),

-- the domain of a company: its record's, else the one that its people use, where all are of one name (acme.com and
-- acme.de)
used as (
    select
        company_id,
        domain,
        row_number() over (partition by company_id order by people_count desc, domain asc) as place,
        min(label) over (partition by company_id) = max(label) over (partition by company_id) as is_one
    from of_companies
),

recorded as (
    select
        companies.company_id,
        {{ registered_domain('companies.domain') }} as domain
    from {{ ref('stg_all__companies') }} as companies
    where companies.domain is not null
),

named as (
    select company_id from {{ ref('stg_all__companies') }}
    union
    select company_id from stated
    where company_id is not null
),

companies as (
    select
        named.company_id,
        coalesce(case when free_mail.domain is null then recorded.domain end, used.domain) as domain
    from named
    left join recorded on named.company_id = recorded.company_id
    left join free_mail on recorded.domain = free_mail.domain
    left join used on named.company_id = used.company_id and used.place = 1 and used.is_one
),

-- another domain of the same name whose people say they are of that company: a country's
countries as (
    select
        of_companies.domain,
        min(companies.domain) as main_domain
    from of_companies
    inner join companies on of_companies.company_id = companies.company_id
    where
        of_companies.domain <> companies.domain
        and of_companies.label = {{ before_dot('companies.domain') }}
    group by of_companies.domain
),

used_by as (
    select
        domain,
        count(distinct profile_id) as people_count
    from stated
    where domain is not null
    group by domain
),

domains as (
    select
        used_by.domain,
        coalesce(countries.main_domain, used_by.domain) as main_domain
    from used_by
    left join countries on used_by.domain = countries.domain
    left join mailboxes on used_by.domain = mailboxes.domain
    where
        used_by.domain in (select companies.domain from companies)
        or countries.domain is not null
        or (
            used_by.people_count <= {{ var('account_max_people') }}
            and (used_by.people_count >= {{ var('account_min_people') }} or mailboxes.domain is not null)
        )
)

select
    'domain:' || domain as account_key,
    'domain:' || main_domain as root_key
from domains

union

select
    'company:' || companies.company_id as account_key,
    case
        when companies.domain is not null
            then 'domain:' || coalesce(countries.main_domain, companies.domain)
        else 'company:' || companies.company_id
    end as root_key
from companies
left join countries on companies.domain = countries.domain

union

select
    'domain:' || domain as account_key,
    'domain:' || domain as root_key
from companies
where domain is not null and domain not in (select countries.domain from countries)
