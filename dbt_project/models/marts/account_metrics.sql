with

accounts as (
    select * from {{ ref('accounts') }}
),

members as (
    select
        members.account_id,
        members.profile_id,
        members.is_main,
        profiles.is_email_reachable or profiles.is_sms_reachable as is_reachable
    from {{ ref('account_members') }} as members
    inner join {{ ref('profiles') }} as profiles on members.profile_id = profiles.profile_id
),

-- what a person orders counts for one account, the main one
summed as (
    select
        members.account_id,
        count(*) as members_count,
        count(case when members.is_reachable then 1 end) as reachable_members_count,
        count(customers.profile_id) as buyers_count,
        coalesce(sum(customers.orders_count), 0) as orders_count,
        coalesce(sum(customers.revenue_amount), 0) as revenue_amount,
        min(customers.first_order_at) as first_order_at,
        max(customers.last_order_at) as last_order_at
    from members
    left join {{ ref('customer_metrics') }} as customers
        on members.profile_id = customers.profile_id and members.is_main
    group by members.account_id
)

select
    accounts.account_id,
    accounts.name,
    accounts.domain,
    coalesce(summed.members_count, 0) as members_count,
    coalesce(summed.reachable_members_count, 0) as reachable_members_count,
    coalesce(summed.buyers_count, 0) as buyers_count,
    cast(coalesce(summed.orders_count, 0) as bigint) as orders_count,
    coalesce(summed.revenue_amount, 0) as revenue_amount,
    '{{ reporting_currency() }}' as currency,
    summed.first_order_at,
    summed.last_order_at
from accounts
left join summed on accounts.account_id = summed.account_id
