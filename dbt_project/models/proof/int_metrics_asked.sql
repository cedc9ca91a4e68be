with

declared as (
    select
        experiment,
        max(metric) as metric,
        max(guardrails) as guardrails
    from {{ ref('experiments') }}
    group by experiment
),

drawn as (
    select distinct experiment
    from {{ ref('assignments') }}
),

own as (
    select
        drawn.experiment,
        coalesce(declared.metric, '{{ var("experiments").measure.metric }}') as metric,
        replace(declared.guardrails, ',', ';') as guardrails
    from drawn
    left join declared on drawn.experiment = declared.experiment
),

guarded as (
    select
        experiment,
        {{ each_listed('guardrails') }} as metric
    from own
    where guardrails is not null
),

-- a file of the past that says what came of it names its metrics itself
past as (
    select distinct experiment
    from {{ ref('int_past_units_matched') }}
    where not is_told
),

asked as (
    select
        experiment,
        metric
    from own
    union all
    select
        experiment,
        trim(metric) as metric
    from guarded
    {%- for metric in ['ordered', 'revenue'] %}
    union all
    select
        experiment,
        '{{ metric }}' as metric
    from own
    union all
    select
        experiment,
        '{{ metric }}' as metric
    from past
    {%- endfor %}
)

select distinct
    experiment,
    metric
from asked
where metric <> ''
