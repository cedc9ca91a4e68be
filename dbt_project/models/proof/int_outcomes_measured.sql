with

-- each with its window and one as long before the assignment
subjects as (
    select
        experiment,
        phase,
        subject_id,
        profile_id,
        campaign,
        assigned_at,
        closes_at,
        {{ plus_days('assigned_at', '-outcome_days') }} as opens_at
    from {{ ref('subjects') }}
    where is_closed and not is_told
),

orders as (
    select
        profile_id,
        ordered_at,
        cast(coalesce(net_amount, 0) as double) as net_amount
    from {{ ref('orders') }}
    where is_paid and profile_id is not null and ordered_at <= {{ as_of() }}
),

-- what was ordered at the instant of the assignment was ordered before it
bought as (
    select
        subjects.experiment,
        subjects.phase,
        subjects.subject_id,
        count(case when orders.ordered_at > subjects.assigned_at then 1 end) as orders_count,
        count(case when orders.ordered_at <= subjects.assigned_at then 1 end) as orders_before,
        sum(case when orders.ordered_at > subjects.assigned_at then orders.net_amount else 0 end) as revenue,
        sum(case when orders.ordered_at <= subjects.assigned_at then orders.net_amount else 0 end) as revenue_before
    from subjects
    inner join orders
        on
            subjects.profile_id = orders.profile_id
            and subjects.opens_at < orders.ordered_at
            and subjects.closes_at >= orders.ordered_at
    group by subjects.experiment, subjects.phase, subjects.subject_id
),

-- who is judged by what is done with messages
asking as (
    select distinct experiment
    from {{ ref('int_metrics_asked') }}
    where metric in ({{ text_literals(answered_metrics()) }})
),

messages as (
    {{ messages_drawn_for() }}
),

-- a message that went out at the instant of the assignment is what was assigned
answered as (
    select
        {%- for metric, instant in answered_metrics().items() %}
        max(case
            when messages.sent_at < subjects.assigned_at then 0
            when messages.{{ instant }} <= subjects.closes_at then 1
            else 0
        end) as {{ metric }},
        max(case
            when messages.sent_at >= subjects.assigned_at then 0
            when messages.{{ instant }} <= subjects.assigned_at then 1
            else 0
        end) as {{ metric }}_before,
        {%- endfor %}
        subjects.experiment,
        subjects.phase,
        subjects.subject_id
    from subjects
    inner join asking on subjects.experiment = asking.experiment
    inner join messages
        on
            subjects.profile_id = messages.profile_id
            and subjects.opens_at <= messages.sent_at
            and subjects.closes_at >= messages.sent_at
    where subjects.experiment = 'holdout' or subjects.campaign = messages.campaign
    group by subjects.experiment, subjects.phase, subjects.subject_id
)

-- who did nothing has no row
select
    {%- for when in ['', '_before'] %}
    {%- set orders = 'bought.orders' ~ (when or '_count') %}
    cast(case when {{ orders }} > 0 then 1 else 0 end as double) as ordered{{ when }},
    cast(coalesce({{ orders }}, 0) as double) as orders{{ when }},
    cast(coalesce(bought.revenue{{ when }}, 0) as double) as revenue{{ when }},
    {%- for metric in answered_metrics() %}
    cast(coalesce(answered.{{ metric }}{{ when }}, 0) as double) as {{ metric }}{{ when }},
    {%- endfor %}
    {%- endfor %}
    coalesce(bought.experiment, answered.experiment) as experiment,
    coalesce(bought.phase, answered.phase) as phase,
    coalesce(bought.subject_id, answered.subject_id) as subject_id
from bought
full outer join answered
    on
        bought.experiment = answered.experiment
        and bought.phase = answered.phase
        and bought.subject_id = answered.subject_id
