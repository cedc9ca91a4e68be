with

-- all people of a business buy for it: one order of a colleague is enough
without_order as (
    select account_id
    from {{ ref('account_metrics') }}
    where orders_count = 0
)

select
    members.profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('account_members') }} as members
inner join without_order on members.account_id = without_order.account_id
where members.is_main
