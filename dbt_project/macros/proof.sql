{#- The words of the stage `proof`. -#}

{#- The first day of the month before an instant's: the last that was over then. -#}
{% macro month_before(instant) -%} cast({{ plus_months("date_trunc('month', " ~ instant ~ ")", -1) }} as date) {%- endmacro %}

{#- The metrics that are measured in the warehouse. -#}
{% macro measured_metrics() -%}
    {{ return(['ordered', 'orders', 'revenue', 'opened', 'clicked', 'unsubscribed', 'complained']) }}
{%- endmacro %}

{#- Those of them that messages answer, each with the column of message_results that says when. -#}
{% macro answered_metrics() -%}
    {{ return({'opened': 'opened_at', 'clicked': 'clicked_at', 'unsubscribed': 'unsubscribed_at', 'complained': 'complained_at'}) }}
{%- endmacro %}

{#- The messages of campaigns that people are drawn for; messages about orders reach everybody. -#}
{% macro messages_drawn_for() -%}
    select results.*
    from {{ ref('message_results') }} as results
    inner join (select distinct campaign from {{ ref('assignments') }}) as drawn on results.campaign = drawn.campaign
{%- endmacro %}

{#- Names as text literals with commas between. -#}
{% macro text_literals(names) -%} '{{ names | join("', '") }}' {%- endmacro %}

{#- Whether an experiment is the control group of a campaign or of all of them: its control gets nothing. -#}
{% macro is_holdout(experiment) -%} ({{ experiment }} = 'holdout' or {{ experiment }} like 'holdout:%') {%- endmacro %}

{#- The steps of these scenarios as a query: scenario, step (from 1, in the order of the variable triggers), campaign, next_campaign. -#}
{% macro steps_of(scenarios) -%}
    {%- set queries = [] -%}
    {%- for scenario in scenarios -%}
        {%- set names = [] -%}
        {%- for name in trigger_names() if scenario_of(name) == scenario -%} {%- do names.append(name) -%} {%- endfor -%}
        {%- for name in names -%}
            {%- do queries.append(
                "select '" ~ scenario ~ "' as scenario, " ~ loop.index ~ " as step, '" ~ name ~ "' as campaign, "
                ~ (quoted(names[loop.index]) if not loop.last else 'cast(null as varchar)') ~ ' as next_campaign') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(queries | join(' union all ') or nothing_of(
        {'scenario': 'varchar', 'step': 'integer', 'campaign': 'varchar', 'next_campaign': 'varchar'})) }}
{%- endmacro %}

{#- The sums that a mean, its variance and its adjustment take, of a metric's value and of the same before: aggregates. -#}
{% macro arm_sums(value, covariate) -%}
    {{ return({
        'value_sum': 'sum(' ~ value ~ ')',
        'value_squares': 'sum(' ~ value ~ ' * ' ~ value ~ ')',
        'covariate_sum': 'sum(' ~ covariate ~ ')',
        'covariate_squares': 'sum(' ~ covariate ~ ' * ' ~ covariate ~ ')',
        'value_covariate': 'sum(' ~ value ~ ' * ' ~ covariate ~ ')',
    }) }}
{%- endmacro %}

{#- A quarter by its name, as 2026-Q2. -#}
{% macro quarter_of(instant) -%}
    cast(extract(year from {{ instant }}) as varchar) || '-Q' || cast(extract(quarter from {{ instant }}) as varchar)
{%- endmacro %}

{#- A test of arms: the parts of an arm (where everybody is in one) are together the arm. -#}
{% test parts_add_up(model) -%}
with

sums as (
    select
        experiment,
        phase,
        segment_type,
        arm,
        metric,
        sum(people_count) as people_count,
        sum(assigned_count) as assigned_count,
        sum(value_sum) as value_sum
    from {{ model }}
    group by experiment, phase, segment_type, arm, metric
)

select parts.*
from sums as parts
inner join sums as wholes
    on
        parts.experiment = wholes.experiment
        and parts.phase = wholes.phase
        and parts.arm = wholes.arm
        and parts.metric = wholes.metric
        and wholes.segment_type = 'all'
where
    parts.segment_type in ('rfm_segment', 'stage', 'channel', 'quarter')
    and parts.experiment not like 'past:%'
    and (
        parts.people_count <> wholes.people_count
        or parts.assigned_count <> wholes.assigned_count
        or abs(parts.value_sum - wholes.value_sum) > 1e-6 * (1 + abs(wholes.value_sum))
    )
{%- endtest %}

{#- A test of campaign_days: over all of it, each count and amount is that of the messages and of the orders put down to them. -#}
{% test adds_up_to_messages(model) -%}
with

days as (
    select
        coalesce(sum(sent_count), 0) as sent,
        coalesce(sum(clicked_count), 0) as clicked,
        coalesce(sum(last_click_orders_count), 0) as last_click_orders,
        coalesce(sum(last_touch_orders_count), 0) as last_touch_orders,
        coalesce(sum(last_click_revenue_amount), 0) as last_click_revenue,
        coalesce(sum(last_touch_revenue_amount), 0) as last_touch_revenue
    from {{ model }}
),

messages as (
    select
        count(*) as sent,
        count(clicked_at) as clicked
    from {{ ref('message_results') }}
),

orders as (
    select
        {%- for name in ['last_click', 'last_touch'] %}
        count(case when model = '{{ name }}' then 1 end) as {{ name }}_orders,
        coalesce(sum(case when model = '{{ name }}' then net_amount end), 0) as {{ name }}_revenue
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('attributed_orders') }}
)

select days.*
from days
cross join messages
cross join orders
where
    days.sent <> messages.sent
    or days.clicked <> messages.clicked
    {%- for what in ['last_click_orders', 'last_touch_orders', 'last_click_revenue', 'last_touch_revenue'] %}
    or days.{{ what }} <> orders.{{ what }}
    {%- endfor %}
{%- endtest %}
