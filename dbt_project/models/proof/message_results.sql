with

messages as (
    select * from {{ ref('messages_sent') }}
),

-- who is erased has no records any more: the message stays, whose it was does not
people as (
    select distinct current_profile_id as profile_id
    from {{ ref('profile_ids') }}
    where component_key is not null
),

-- as it was allowed last: a message that waited may have been drawn anew
varied as (
    select
        message_id,
        {{ latest_value('experiment', 'decided_at') }} as experiment,
        {{ latest_value('variant', 'decided_at') }} as variant
    from {{ ref('decision_history') }}
    where outcome = 'allowed' and variant is not null and decided_at <= {{ as_of() }}
    group by message_id
),

segments as (
    select
        profile_id,
        month,
        segment
    from {{ ref('rfm_history') }}
),

credited as (
    select
        {%- for model in ['last_click', 'last_touch'] %}
        count(case when model = '{{ model }}' then 1 end) as {{ model }}_orders_count,
        sum(case when model = '{{ model }}' then net_amount end) as {{ model }}_revenue_amount,
        {%- endfor %}
        message_id
    from {{ ref('attributed_orders') }}
    group by message_id
)

select
    messages.message_id,
    messages.campaign,
    varied.experiment,
    coalesce(varied.variant, 'none') as variant,
    people.profile_id,
    messages.channel,
    messages.destination,
    -- as it was at the end of the month before: later orders, which the message may have brought, are not in it
    coalesce(segments.segment, 'none') as segment,
    messages.sent_at,
    messages.delivered_at,
    messages.opened_at,
    messages.machine_opened_at,
    messages.clicked_at,
    messages.machine_clicked_at,
    messages.bounced_at,
    messages.unsubscribed_at,
    messages.complained_at,
    {%- for model in ['last_click', 'last_touch'] %}
    coalesce(credited.{{ model }}_orders_count, 0) as {{ model }}_orders_count,
    cast(coalesce(credited.{{ model }}_revenue_amount, 0) as decimal(18, 4)) as {{ model }}_revenue_amount,
    {%- endfor %}
    cast(
        case messages.channel
            {%- for channel, amount in var('costs').items() %}
            when '{{ channel }}' then {{ amount }}
            {%- endfor %}
            else 0
        end as decimal(18, 4)
    ) as cost_amount
from messages
left join people on messages.profile_id = people.profile_id
left join varied on messages.message_id = varied.message_id
left join segments
    on
        people.profile_id = segments.profile_id
        and segments.month = {{ month_before('messages.sent_at') }}
left join credited on messages.message_id = credited.message_id
