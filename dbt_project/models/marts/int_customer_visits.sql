{{ config(
    materialized='by_days',
    meta={'anew': true},
    pre_hook="{{ forget('profile_id', persons_touched()) }}"
) }}

with

sessions as (
    select
        profile_id,
        started_at,
        ended_at,
        has_purchase,
        views_count > 0 or carts_count > 0 or has_checkout or has_purchase as has_considered,
        channel,
        coalesce(campaign, 'none') as campaign
    from {{ ref('sessions') }}
    where profile_id is not null and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
),

first_orders as (
    select
        profile_id,
        ordered_at
    from {{ anew('orders') }}
    where is_first and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
),

-- the visit that the first order was placed in: a shop's clock is not the browser's, and payment takes its time
marked as (
    select
        sessions.profile_id,
        sessions.started_at,
        sessions.channel,
        sessions.campaign,
        case when sessions.has_considered then sessions.started_at end as considered_at,
        case when first_orders.ordered_at >= sessions.started_at then sessions.started_at end as before_order_at,
        case
            when
                first_orders.ordered_at >= {{ plus_minutes('sessions.started_at', -5) }}
                and first_orders.ordered_at <= {{ plus_minutes('sessions.ended_at', 30) }}
                then sessions.started_at
        end as order_visit_at
    from sessions
    left join first_orders on sessions.profile_id = first_orders.profile_id
)

select
    profile_id,
    count(*) as visits_count,
    min(started_at) as first_visit_at,
    min(considered_at) as first_considered_at,
    {{ latest_value('channel', 'order_visit_at') }} as order_channel,
    {{ latest_value('campaign', 'order_visit_at') }} as order_campaign,
    {{ earliest_value('channel', 'before_order_at') }} as first_channel,
    {{ earliest_value('campaign', 'before_order_at') }} as first_campaign
from marked
group by profile_id
