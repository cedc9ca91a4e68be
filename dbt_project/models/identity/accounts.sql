with

settled as (
    select * from {{ ref('int_accounts_settled') }}
),

members as (
    select
        account_id,
        count(*) as people_count,
        max(case when stated_by = 'name' then 1 else 0 end) = 1 as is_named,
        max(case when stated_by = 'association' then 1 else 0 end) = 1 as is_associated
    from {{ ref('account_members') }}
    group by account_id
),

recorded as (
    select
        settled.account_id,
        {{ latest_value('companies.name', 'companies.updated_at') }} as name
    from {{ ref('stg_all__companies') }} as companies
    inner join settled on 'company:' || companies.company_id = settled.account_key
    group by settled.account_id
),

named as (
    select
        settled.account_id,
        {{ latest_value('stated.company_name', 'stated.stated_at') }} as name
    from {{ ref('int_employments_stated') }} as stated
    inner join settled on 'company:' || stated.company_id = settled.account_key
    group by settled.account_id
),

domains as (
    select
        account_id,
        max(case when root_key like 'domain:%' then substr(root_key, 8) end) as domain,
        count(case when account_key like 'domain:%' then 1 end) as domains_count
    from settled
    group by account_id
)

select
    domains.account_id,
    coalesce(recorded.name, named.name, domains.domain) as name,
    domains.domain,
    domains.domains_count,
    coalesce(members.people_count, 0) as people_count,
    case
        when recorded.account_id is not null or members.is_associated then 'association'
        when members.is_named then 'name'
        when members.account_id is not null then 'domain'
    end as stated_by
from domains
left join members on domains.account_id = members.account_id
left join recorded on domains.account_id = recorded.account_id
left join named on domains.account_id = named.account_id
