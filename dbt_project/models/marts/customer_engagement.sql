{%- set periods = [7, 30, 90] -%}
with

deliveries as (
    select
        deliveries.message_id,
        profile_ids.current_profile_id as profile_id,
        deliveries.channel,
        case
            when deliveries.status in ('accepted', 'unknown', 'sending')
                then coalesce(deliveries.finished_at, deliveries.claimed_at)
        end as sent_at
    from {{ ref('stg_feedback__deliveries') }} as deliveries
    inner join {{ ref('profile_ids') }} as profile_ids on deliveries.profile_id = profile_ids.profile_id
),

-- one row for each thing that happened to a message: a second open of it is no second open
happened as (
    select
        profile_id,
        channel,
        message_id,
        'sent' as status,
        sent_at as happened_at
    from deliveries
    where sent_at > {{ plus_days(as_of(), -90) }} and sent_at <= {{ as_of() }}
    union all
    select
        deliveries.profile_id,
        deliveries.channel,
        engagements.message_id,
        engagements.status,
        min(engagements.occurred_at) as happened_at
    from {{ ref('stg_feedback__engagements') }} as engagements
    inner join deliveries on engagements.message_id = deliveries.message_id
    where
        engagements.status in ('delivered', 'opened', 'clicked', 'complained')
        and not engagements.is_machine
        and engagements.occurred_at > {{ plus_days(as_of(), -90) }}
        and engagements.occurred_at <= {{ as_of() }}
    group by deliveries.profile_id, deliveries.channel, engagements.message_id, engagements.status
),

summed as (
    select
        profile_id,
        channel,
        {%- for status in ['sent', 'delivered', 'opened', 'clicked', 'complained'] %}
        {%- for days in periods %}
        count(
            case when status = '{{ status }}' and happened_at > {{ plus_days(as_of(), -days) }} then 1 end
        ) as {{ status }}_{{ days }}d,
        {%- endfor %}
        {%- endfor %}
        max(case when status = 'sent' then happened_at end) as last_sent_at,
        max(case when status = 'delivered' then happened_at end) as last_delivered_at,
        max(case when status = 'opened' then happened_at end) as last_opened_at,
        max(case when status = 'clicked' then happened_at end) as last_clicked_at
    from happened
    group by profile_id, channel
),

ordered as (
    select
        profile_id,
        last_order_at
    from {{ ref('int_customer_stages') }}
    where last_order_at > {{ plus_days(as_of(), -90) }}
),

-- what came since the person last answered: by a click on this channel, by an order
unanswered as (
    select
        happened.profile_id,
        happened.channel,
        count(
            case when summed.last_clicked_at is null or happened.happened_at > summed.last_clicked_at then 1 end
        ) as sent_since_click,
        count(
            case when ordered.last_order_at is null or happened.happened_at > ordered.last_order_at then 1 end
        ) as sent_since_order
    from happened
    inner join summed on happened.profile_id = summed.profile_id and happened.channel = summed.channel
    left join ordered on happened.profile_id = ordered.profile_id
    where happened.status = 'sent'
    group by happened.profile_id, happened.channel
)

select
    summed.*,
    coalesce(unanswered.sent_since_click, 0) as sent_since_click,
    coalesce(unanswered.sent_since_order, 0) as sent_since_order,
    {{ days_between('summed.last_sent_at', as_of()) }} as days_since_sent
from summed
left join unanswered on summed.profile_id = unanswered.profile_id and summed.channel = unanswered.channel
