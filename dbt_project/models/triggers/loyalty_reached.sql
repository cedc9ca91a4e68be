{%- set loyal_orders = var('lifecycle').loyal_orders -%}
with

recent as (
    select profile_id
    from {{ ref('profiles') }}
    where last_order_at > {{ plus_days(as_of(), -7) }} and orders_count >= {{ loyal_orders }}
),

-- what is ordered on one day is one purchase, and what was given back in full is none: as in marts.lifecycle
purchases as (
    select
        orders.profile_id,
        min(orders.ordered_at) as purchased_at
    from {{ ref('orders') }} as orders
    inner join recent on orders.profile_id = recent.profile_id
    where orders.is_paid and not orders.is_refunded
    group by orders.profile_id, cast(orders.ordered_at as date)
),

numbered as (
    select
        profile_id,
        purchased_at,
        row_number() over (partition by profile_id order by purchased_at) as purchase_number
    from purchases
)

select
    profile_id,
    purchased_at as occurred_at,
    'once' as occasion,
    purchase_number as purchases_count,
    {{ campaign(channel='best', purpose='marketing', voided_by=['return', 'ticket']) }}
from numbered
where
    purchase_number = {{ loyal_orders }}
    and purchased_at > {{ plus_days(as_of(), -7) }}
    and purchased_at <= {{ as_of() }}
