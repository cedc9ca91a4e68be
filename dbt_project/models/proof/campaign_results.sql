-- a view: what is judged after this step is there at once
{{ config(materialized='view') }}

with

arms as (
    select
        experiment,
        is_control,
        metric,
        people_count,
        value_sum
    from {{ ref('arms') }}
    where segment_type = 'all' and metric in ('ordered', 'revenue') and {{ is_holdout('experiment') }}
),

counted as (
    select
        {%- for metric in ['ordered', 'revenue'] %}
        sum(case when metric = '{{ metric }}' and not is_control then value_sum end) as {{ metric }}_sum,
        sum(case when metric = '{{ metric }}' and is_control then value_sum end) as control_{{ metric }}_sum,
        {%- endfor %}
        max(case when not is_control then people_count end) as people_count,
        max(case when is_control then people_count end) as control_people_count,
        experiment
    from arms
    group by experiment
),

judged as (
    select * from {{ ref('effects') }}
    where segment_type = 'all' and metric in ('ordered', 'revenue') and as_of <= {{ as_of() }}
),

last_judged as (
    select max(as_of) as as_of from judged
),

effects as (
    select
        {%- for metric in ['ordered', 'revenue'] %}
        {%- for figure in ['effect', 'effect_low', 'effect_high'] %}
        max(case when judged.metric = '{{ metric }}' then judged.{{ figure }} end) as {{ metric }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        judged.experiment
    from judged
    inner join last_judged on judged.as_of = last_judged.as_of
    group by judged.experiment
),

credited as (
    select
        {%- for model in ['last_click', 'last_touch'] %}
        sum(case when model = '{{ model }}' then people_count end) as {{ model }}_people,
        sum(case when model = '{{ model }}' then revenue_amount end) as {{ model }}_revenue,
        {%- endfor %}
        experiment
    from {{ ref('int_credits_summed') }}
    group by experiment
),

-- what the treated did less what as many of the control did
compared as (
    select
        counted.*,
        {%- for metric in ['ordered', 'revenue'] %}
        counted.{{ metric }}_sum
        - counted.control_{{ metric }}_sum * counted.people_count / nullif(counted.control_people_count, 0)
            as {{ metric }}_brought,
        {%- endfor %}
        case
            when counted.experiment = 'holdout' then 'all'
            else substr(counted.experiment, length('holdout:') + 1)
        end as campaign
    from counted
)

select
    compared.campaign,
    compared.experiment,
    cast(coalesce(compared.people_count, 0) as bigint) as people_count,
    cast(coalesce(compared.control_people_count, 0) as bigint) as control_people_count,
    {%- for metric, name in {'ordered': 'incremental_people', 'revenue': 'incremental_revenue'}.items() %}
    cast(coalesce(effects.{{ metric }}_effect * compared.people_count, compared.{{ metric }}_brought) as double)
        as {{ name }},
    cast(effects.{{ metric }}_effect_low * compared.people_count as double) as {{ name }}_low,
    cast(effects.{{ metric }}_effect_high * compared.people_count as double) as {{ name }}_high,
    {%- endfor %}
    {%- for model in ['last_click', 'last_touch'] %}
    cast(coalesce(credited.{{ model }}_people, 0) as bigint) as {{ model }}_people_count,
    cast(coalesce(credited.{{ model }}_revenue, 0) as decimal(18, 4)) as {{ model }}_revenue_amount,
    {%- endfor %}
    cast(coalesce(compared.ordered_sum, 0) as bigint) as ordered_people_count,
    cast(coalesce(compared.revenue_sum, 0) as double) as revenue
from compared
left join effects on compared.experiment = effects.experiment
left join credited on compared.experiment = credited.experiment
