with

stated as (
    select * from {{ ref('int_employments_stated') }}
),

accounts as (
    select * from {{ ref('int_accounts_settled') }}
),

said as (
    select
        stated.profile_id,
        accounts.account_id,
        case stated.stated_by when 'association' then 1 else 2 end as strength,
        stated.stated_at
    from stated
    inner join accounts on 'company:' || stated.company_id = accounts.account_key

    union all

    select
        stated.profile_id,
        accounts.account_id,
        3 as strength,
        stated.stated_at
    from stated
    inner join accounts on 'domain:' || stated.domain = accounts.account_key
),

-- dated by the strongest of the statements, the latest of these
members as (
    select
        profile_id,
        account_id,
        min(strength) as strength,
        max_by(stated_at, {{ pair_of('-strength', 'stated_at') }}) as stated_at
    from said
    group by profile_id, account_id
)

select
    account_id,
    profile_id,
    case strength when 1 then 'association' when 2 then 'name' else 'domain' end as stated_by,
    stated_at,
    row_number() over (
        partition by profile_id order by strength asc, stated_at desc, account_id asc
    ) = 1 as is_main
from members
