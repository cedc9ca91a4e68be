{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('profile_id', persons_touched()) }}"
    )
}}

with

sessions as (
    select
        session_key,
        profile_id
    from {{ ref('sessions') }}
    where profile_id is not null and {{ on_a_day('profile_id in (' ~ persons_touched() ~ ')') }}
),

events as (
    select * from {{ events_in_sessions(
        ['event_at', 'event_name', 'item_id', 'item_name'],
        "event_name in ('add_to_cart', 'purchase')",
        is_whole=true
    ) }} as given
),

owned as (
    select
        sessions.profile_id,
        events.session_key,
        events.event_name,
        case when events.event_name = 'add_to_cart' then events.event_at end as carted_at,
        case when events.event_name = 'purchase' then events.event_at end as purchased_at,
        case when events.event_name = 'add_to_cart' then events.item_id end as item_id,
        case when events.event_name = 'add_to_cart' then events.item_name end as item_name
    from events
    inner join sessions on events.session_key = sessions.session_key
),

summed as (
    select
        profile_id,
        max(carted_at) as last_cart_at,
        max(purchased_at) as last_purchase_event_at,
        {{ latest_value('item_id', 'carted_at') }} as last_item_id,
        {{ latest_value('item_name', 'carted_at') }} as last_item_name
    from owned
    group by profile_id
),

-- what lies in the cart: added since the last purchase, if that is known
counted as (
    select
        owned.profile_id,
        count(*) as items_count
    from owned
    inner join summed on owned.profile_id = summed.profile_id
    where
        owned.carted_at is not null
        and (summed.last_purchase_event_at is null or owned.carted_at > summed.last_purchase_event_at)
    group by owned.profile_id
)

select
    summed.profile_id,
    summed.last_cart_at,
    coalesce(counted.items_count, 0) as items_count,
    summed.last_item_id,
    summed.last_item_name,
    summed.last_purchase_event_at
from summed
left join counted on summed.profile_id = counted.profile_id
where summed.last_cart_at is not null
