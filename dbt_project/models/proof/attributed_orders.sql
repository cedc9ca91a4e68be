{#- The one place that gives messages credit for orders; the figures are the variable `attribution`. The last message
    before the order has it that its person clicked in (last_click), or was reached by (last_touch). Neither says that
    the order would not have come without it: that says proof.arms. -#}
{%- set attribution = var('attribution') -%}
with

orders as (
    select
        order_id,
        profile_id,
        ordered_at,
        coalesce(net_amount, 0) as net_amount
    from {{ ref('orders') }}
    where is_paid and profile_id is not null and ordered_at <= {{ as_of() }}
),

messages as (
    select
        message_id,
        campaign,
        profile_id,
        channel,
        sent_at,
        bounced_at,
        coalesce(delivered_at, sent_at) as arrived_at
    from {{ ref('messages_sent') }}
    where profile_id is not null
),

-- what a machine did is no touch, nor is the arrival of what came back; an open is one, and so is every click
touches as (
    select
        message_id,
        arrived_at as touched_at,
        false as is_click
    from messages
    where bounced_at is null

    union all

    select
        message_id,
        occurred_at as touched_at,
        status = 'clicked' as is_click
    from {{ ref('stg_feedback__engagements') }}
    where status in ('opened', 'clicked') and not is_machine and occurred_at <= {{ as_of() }}
),

led as (
    select
        orders.order_id,
        orders.profile_id,
        orders.ordered_at,
        orders.net_amount,
        touches.message_id,
        touches.touched_at,
        touches.is_click
        and touches.touched_at >= {{ plus_days('orders.ordered_at', -attribution.click_days) }} as is_by_click,
        touches.touched_at >= {{ plus_days('orders.ordered_at', -attribution.touch_days) }} as is_by_touch
    from touches
    inner join messages on touches.message_id = messages.message_id
    inner join orders
        on
            messages.profile_id = orders.profile_id
            and touches.touched_at <= orders.ordered_at
            and messages.sent_at <= orders.ordered_at
            and orders.ordered_at
            <= {{ plus_days('touches.touched_at', [attribution.click_days, attribution.touch_days] | max) }}
),

credited as (
    {%- for model, condition in {'last_click': 'is_by_click', 'last_touch': 'is_by_touch'}.items() %}
    select
        order_id,
        '{{ model }}' as model,
        profile_id,
        ordered_at,
        net_amount,
        -- of two at one instant always the same
        {{ latest_value('message_id', 'touched_at') }} as message_id,
        max(touched_at) as touched_at
    from led
    where {{ condition }}
    group by order_id, profile_id, ordered_at, net_amount
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    credited.order_id,
    credited.model,
    credited.message_id,
    messages.campaign,
    messages.channel,
    credited.profile_id,
    credited.touched_at,
    credited.ordered_at,
    credited.net_amount
from credited
inner join messages on credited.message_id = messages.message_id
