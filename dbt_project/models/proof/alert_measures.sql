{#- One file, though long: every measure that an alert can be about. A step's messages are those that were at its anchor
    `after` hours ago or more, so that the young do not look unread; windows end there. -#}
{%- set days = 57 -%}
{%- set since = plus_days(as_of(), -(days + 3)) -%}
{#- runs are never to the second a day apart: what one did belongs to one window, a few minutes sooner or later -#}
{%- set slack_minutes = 15 -%}
{%- set shares = [
    {'step': 'delivered', 'at': 'sent_at', 'hit_at': 'delivered_at', 'after': 1},
    {'step': 'bounced', 'at': 'sent_at', 'hit_at': 'bounced_at', 'after': 6},
    {'step': 'opened', 'at': 'sent_at', 'hit_at': 'opened_at', 'after': 6},
    {'step': 'clicked', 'at': 'opened_at', 'hit_at': 'clicked_at', 'after': 1},
    {'step': 'converted', 'at': 'sent_at', 'hit_at': 'ordered_at', 'after': 24},
    {'step': 'unsubscribed', 'at': 'sent_at', 'hit_at': 'unsubscribed_at', 'after': 24},
    {'step': 'complained', 'at': 'sent_at', 'hit_at': 'complained_at', 'after': 24},
] -%}
with

deliveries as (
    select
        message_id,
        campaign,
        destination,
        profile_id,
        coalesce(finished_at, claimed_at) as sent_at
    from {{ ref('stg_feedback__deliveries') }}
    where
        status = 'accepted'
        and coalesce(finished_at, claimed_at) > {{ since }}
        and coalesce(finished_at, claimed_at) <= {{ as_of() }}
),

-- a machine that fetches every picture and follows every link is no reader
answers as (
    select
        message_id,
        min(case when status = 'delivered' then occurred_at end) as delivered_at,
        min(case when status in ('bounced', 'failed', 'rejected') then occurred_at end) as bounced_at,
        min(case when status in ('opened', 'clicked') and not is_machine then occurred_at end) as opened_at,
        min(case when status = 'clicked' and not is_machine then occurred_at end) as clicked_at,
        min(case when status = 'unsubscribed' then occurred_at end) as unsubscribed_at,
        min(case when status = 'complained' then occurred_at end) as complained_at
    from {{ ref('stg_feedback__engagements') }}
    where message_id is not null and occurred_at > {{ since }} and occurred_at <= {{ as_of() }}
    group by message_id
),

orders as (
    select
        deliveries.message_id,
        min(orders.ordered_at) as ordered_at
    from deliveries
    inner join {{ ref('profile_ids') }} as ids on deliveries.profile_id = ids.profile_id
    inner join {{ ref('profile_orders') }} as orders
        on
            ids.current_profile_id = orders.profile_id
            and deliveries.sent_at < orders.ordered_at
            and {{ plus_hours('deliveries.sent_at', 24) }} >= orders.ordered_at
    where orders.is_paid
    group by deliveries.message_id
),

messages as {{ one_by_one() }} (
    select
        deliveries.*,
        answers.bounced_at,
        answers.opened_at,
        answers.clicked_at,
        answers.unsubscribed_at,
        answers.complained_at,
        orders.ordered_at,
        -- who opens has got it, whether the provider tells of deliveries or not
        least(answers.delivered_at, answers.opened_at) as delivered_at
    from deliveries
    left join answers on deliveries.message_id = answers.message_id
    left join orders on deliveries.message_id = orders.message_id
),

-- where providers tell which link was followed: by its host, those that enough people ever followed
links as (
    select
        engagements.message_id,
        {{ regex_found('lower(engagements.link)', '^[a-z]+://([^/?#:]+)') }} as host,
        messages.opened_at
    from {{ ref('stg_feedback__engagements') }} as engagements
    inner join messages on engagements.message_id = messages.message_id
    where
        engagements.status = 'clicked'
        and not engagements.is_machine
        and engagements.link is not null
        and engagements.occurred_at <= {{ plus_hours('messages.opened_at', 1) }}
        and messages.opened_at <= {{ plus_hours(as_of(), -1) }}
    group by engagements.message_id, host, messages.opened_at
),

hosts as (
    select host
    from links
    where host is not null
    group by host
    having count(*) >= {{ var('alerts').least_count }}
),

-- each request when it was first decided on, with what was decided then
requests as {{ one_by_one() }} (
    select
        message_id,
        max(campaign) as campaign,
        {{ earliest_value('outcome', 'decided_at') }} as outcome,
        min(decided_at) as decided_at
    from {{ ref('decision_history') }}
    where kind = 'message' and outcome <> 'expired' and decided_at > {{ since }} and decided_at <= {{ as_of() }}
    group by message_id
),

marked as (
    {% set end = plus_minutes(as_of(), slack_minutes) -%}
    select
        'requested' as step,
        campaign,
        cast(null as varchar) as destination,
        outcome as rule_name,
        {{ in_windows('decided_at', end, 'true') }}
    from requests
    group by campaign, outcome, {{ days_between('decided_at', end) }}

    union all

    {% set end = plus_minutes(as_of(), -slack_minutes) -%}
    select
        'sent' as step,
        campaign,
        destination,
        cast(null as varchar) as rule_name,
        {{ in_windows('sent_at', end, 'true') }}
    from messages
    where sent_at <= {{ end }}
    group by campaign, destination, {{ days_between('sent_at', end) }}

    {% for share in shares -%}
    {%- set end = plus_hours(as_of(), -share.after) -%}
    union all

    select
        '{{ share.step }}' as step,
        campaign,
        destination,
        cast(null as varchar) as rule_name,
        {{ in_windows(share.at, end, share.hit_at ~ ' <= ' ~ plus_hours(share.at, share.after)) }}
    from messages
    where {{ share.at }} <= {{ end }}
    group by campaign, destination, {{ days_between(share.at, end) }}
    {% endfor %}
),

marked_links as (
    {% set end = plus_hours(as_of(), -1) -%}
    select
        host,
        {{ in_windows('opened_at', end, 'true') }}
    from links
    group by host, {{ days_between('opened_at', end) }}
),

windows as (
    select
        step,
        campaign,
        destination,
        rule_name,
        day_lag,
        24 as window_hours,
        cases_24 as cases,
        hits_24 as hits
    from marked
    where day_lag < {{ days }}
    union all
    select
        step,
        campaign,
        destination,
        rule_name,
        day_lag,
        6 as window_hours,
        cases_6 as cases,
        hits_6 as hits
    from marked
    where day_lag < {{ days }}
),

requested as (
    select * from windows
    where step = 'requested'
),

rules as (
    select distinct rule_name
    from requested
),

-- what becomes of requests: each outcome is a share of all of that day, also where it is nought
outcomes as (
    select
        'rule' as dimension,
        rules.rule_name as name,
        requested.window_hours,
        requested.day_lag,
        requested.cases,
        case when requested.rule_name = rules.rule_name then requested.cases else 0 end as hits
    from requested
    cross join rules
    union all
    select
        'campaign' as dimension,
        campaign as name,
        window_hours,
        day_lag,
        cases,
        case when rule_name = 'allowed' then cases else 0 end as hits
    from requested
),

readers as (
    select
        window_hours,
        day_lag,
        sum(cases) as cases
    from windows
    where step = 'clicked'
    group by window_hours, day_lag
),

followed as (
    select
        hosts.host as name,
        readers.window_hours,
        readers.day_lag,
        readers.cases,
        coalesce(case readers.window_hours when 24 then marked_links.hits_24 else marked_links.hits_6 end, 0) as hits
    from readers
    cross join hosts
    left join marked_links on readers.day_lag = marked_links.day_lag and hosts.host = marked_links.host
),

measures as (
    {% for dimension in ['all', 'destination', 'campaign'] -%}
    select
        step,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else dimension }} as name,
        window_hours,
        day_lag,
        cases,
        hits
    from windows
    {{ "where destination is not null" if dimension == 'destination' }}
    union all
    {% endfor -%}
    select
        'decided' as step,
        dimension,
        name,
        window_hours,
        day_lag,
        cases,
        hits
    from outcomes
    union all
    select
        'clicked' as step,
        'link' as dimension,
        name,
        window_hours,
        day_lag,
        cases,
        hits
    from followed
)

select
    step,
    dimension,
    name,
    window_hours,
    step not in ('requested', 'sent') as is_share,
    day_lag,
    cast(sum(cases) as bigint) as cases,
    cast(sum(hits) as bigint) as hits
from measures
group by step, dimension, name, window_hours, day_lag
