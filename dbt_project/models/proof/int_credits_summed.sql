with

-- of the people and the days that the control groups are compared over
treated as (
    select
        experiment,
        profile_id,
        campaign,
        assigned_at,
        closes_at
    from {{ ref('subjects') }}
    where is_closed and not is_control and {{ is_holdout('experiment') }}
),

drawn as (
    select distinct campaign
    from {{ ref('assignments') }}
),

orders as (
    select attributed.*
    from {{ ref('attributed_orders') }} as attributed
    inner join drawn on attributed.campaign = drawn.campaign
)

select
    treated.experiment,
    orders.model,
    count(distinct orders.profile_id) as people_count,
    count(*) as orders_count,
    cast(sum(orders.net_amount) as decimal(18, 4)) as revenue_amount
from treated
inner join orders
    on
        treated.profile_id = orders.profile_id
        and treated.assigned_at < orders.ordered_at
        and treated.closes_at >= orders.ordered_at
where treated.experiment = 'holdout' or treated.campaign = orders.campaign
group by treated.experiment, orders.model
