{#- One file, though long: all signs that somebody is tired of messages, and which of them holds. -#}
{%- set tired = var('fatigue') -%}
{%- set since = plus_days(as_of(), -tired.days) -%}
{%- set recently = plus_days(as_of(), -tired.recent_days) -%}
{%- set told = plus_hours(as_of(), -tired.answer_hours) -%}
with

-- every message once, ours and what the shop sends without us (of that a provider may tell that it went, that it
-- arrived, or both), and what was done with it; what a machine opens may have been read or not, its clicks say nothing
happened as (
    select
        engagements.profile_id,
        engagements.channel,
        case
            when engagements.status = 'sent' and bounced.message_id is null then 'sent'
            when engagements.status = 'delivered' and engagements.message_id is null then 'arrived'
            when engagements.status in ('opened', 'clicked') and not engagements.is_machine then 'answered'
            when engagements.status = 'opened' then 'hidden'
            when engagements.status in ('unsubscribed', 'complained') then engagements.status
        end as what,
        engagements.message_id is null as is_foreign,
        engagements.occurred_at
    from {{ ref('profile_engagements') }} as engagements
    left join {{ ref('int_messages_bounced') }} as bounced on engagements.message_id = bounced.message_id
    where
        engagements.occurred_at > {{ since }}
        and engagements.occurred_at <= {{ as_of() }}
),

-- silence says something by a channel that tells of opens, and only where anybody's are told
telling as (
    select distinct channel
    from happened
    where what = 'answered' and channel in ('{{ tired.silent_channels | join("', '") }}')
),

ordered as (
    select
        profile_id,
        max(ordered_at) as last_order_at
    from {{ ref('profile_orders') }}
    where is_paid and profile_id is not null and ordered_at > {{ since }} and ordered_at <= {{ as_of() }}
    group by profile_id
),

-- an open or a click by any channel is an answer, and so is an order
acted as (
    select
        profile_id,
        max(case when what = 'answered' then occurred_at end) as last_read_at,
        max(case when what = 'hidden' then occurred_at end) as last_hidden_at,
        max(case when what = 'unsubscribed' then occurred_at end) as unsubscribed_at,
        max(case when what = 'complained' then occurred_at end) as complained_at
    from happened
    where profile_id is not null
    group by profile_id
),

answered as (
    select
        acted.*,
        greatest(
            coalesce(acted.last_read_at, ordered.last_order_at), coalesce(ordered.last_order_at, acted.last_read_at)
        ) as last_answer_at
    from acted
    left join ordered on acted.profile_id = ordered.profile_id
),

counted as (
    select
        happened.profile_id,
        {%- for count, condition in {
            'unanswered': '(answered.last_answer_at is null or happened.occurred_at > answered.last_answer_at)',
            'sent_recently': 'happened.occurred_at > ' ~ recently,
            'sent_before': 'happened.occurred_at <= ' ~ recently
        }.items() %}
        {%- set sent = "happened.occurred_at <= " ~ told ~ " and " ~ condition ~ " then 1 end)" %}
        count(case when happened.what = 'sent' and not happened.is_foreign and {{ sent }}
        + greatest(
            count(case when happened.what = 'sent' and happened.is_foreign and {{ sent }},
            count(case when happened.what = 'arrived' and {{ sent }}
        ) as {{ count }},
        {%- endfor %}
        count(distinct case
            when happened.what = 'answered' and happened.occurred_at > {{ recently }}
                then cast(happened.occurred_at as date)
        end) as read_days_recently,
        count(distinct case
            when happened.what = 'answered' and happened.occurred_at <= {{ recently }}
                then cast(happened.occurred_at as date)
        end) as read_days_before
    from happened
    inner join telling on happened.channel = telling.channel
    inner join answered on happened.profile_id = answered.profile_id
    -- who reads behind a machine since the last answer is neither silent nor not
    where answered.last_hidden_at is null or answered.last_hidden_at <= answered.last_answer_at
    group by happened.profile_id
),

-- the shop's own opt-outs by channel: a person counts once, a message once
parted as (
    select
        channel,
        case when occurred_at > {{ plus_days(as_of(), -tired.rising_days) }} then 'now' else 'before' end as part,
        count(case when what = 'sent' and not is_foreign then 1 end)
        + greatest(
            count(case when what = 'sent' and is_foreign then 1 end), count(case when what = 'arrived' then 1 end)
        ) as sent_count,
        count(distinct case when what in ('unsubscribed', 'complained') then profile_id end) as left_count
    from happened
    where occurred_at > {{ plus_days(as_of(), -(tired.rising_days + tired.rising_before_days)) }}
    group by channel, case when occurred_at > {{ plus_days(as_of(), -tired.rising_days) }} then 'now' else 'before' end
),

beside as (
    select
        channel,
        max(case when part = 'now' then sent_count end) as sent_now,
        max(case when part = 'now' then left_count end) as left_now,
        max(case when part = 'before' then sent_count end) as sent_before,
        max(case when part = 'before' then left_count end) as left_before
    from parted
    group by channel
),

rising as (
    select
        *,
        cast(left_now + left_before as double) / (sent_now + sent_before) as share_of_all
    from beside
    where
        sent_now >= {{ tired.rising_messages }}
        and sent_before >= {{ tired.rising_messages }}
        and left_now >= {{ tired.rising_opt_outs }}
),

reached_by as (
    select distinct
        profile_id,
        channel
    from happened
    where what in ('sent', 'arrived') and profile_id is not null
),

signs as (
    select
        profile_id,
        cast({{ tired.complaint_factor }} as double) as factor,
        'complained on ' || {{ minute_of('complained_at') }} as because
    from acted
    where complained_at is not null
    union all
    select
        profile_id,
        {{ tired.opt_out_factor }} as factor,
        'opted out of another channel on ' || {{ minute_of('unsubscribed_at') }} as because
    from acted
    where unsubscribed_at is not null
    union all
    select
        profile_id,
        {{ tired.unanswered_factor }} as factor,
        cast(unanswered as varchar) || ' messages in a row unanswered' as because
    from counted
    where unanswered >= {{ tired.unanswered_messages }}
    union all
    select
        profile_id,
        {{ tired.falling_factor }} as factor,
        'reads less: ' || cast(sent_recently as varchar) || ' messages in {{ tired.recent_days }} days, read on '
        || {{ counted('read_days_recently', 'day') }} || '; ' || cast(sent_before as varchar)
        || ' in the {{ tired.days - tired.recent_days }} before, read on '
        || {{ counted('read_days_before', 'day') }} as because
    from counted
    where
        sent_recently >= {{ tired.falling_messages }}
        and sent_before >= {{ tired.falling_messages }}
        and read_days_before >= {{ tired.falling_answers }}
        and cast(read_days_recently as double) / sent_recently
        <= (1 - {{ tired.falling_share }}) * cast(read_days_before as double) / sent_before
    union all
    select
        reached_by.profile_id,
        {{ tired.rising_factor }} as factor,
        'opt-outs rise by ' || rising.channel || ': ' || cast(rising.left_now as varchar) || ' of '
        || cast(rising.sent_now as varchar) || ' messages in {{ tired.rising_days }} days, '
        || cast(rising.left_before as varchar) || ' of ' || cast(rising.sent_before as varchar)
        || ' in the {{ tired.rising_before_days }} before' as because
    from rising
    inner join reached_by on rising.channel = reached_by.channel
    where
        -- beyond chance: so many standard errors above the time before
        cast(rising.left_now as double) / rising.sent_now - cast(rising.left_before as double) / rising.sent_before
        > {{ tired.rising_z }} * sqrt(
            rising.share_of_all * (1 - least(rising.share_of_all, 1))
            * (1.0 / rising.sent_now + 1.0 / rising.sent_before)
        )
),

strongest as (
    select
        profile_id,
        least(factor, {{ tired.most_factor }}) as cooldown_factor,
        because,
        row_number() over (partition by profile_id order by factor desc, because asc) as place
    from signs
    where factor > 1
)

select
    profile_id,
    cooldown_factor,
    because
from strongest
where place = 1
