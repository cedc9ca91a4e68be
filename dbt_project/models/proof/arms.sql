with

cells as (
    select * from {{ ref('int_cells_summed') }}
),

-- a row for each metric that the experiment is judged by
measured as (
    select
        cells.experiment,
        cells.phase,
        cells.segment,
        cells.stage,
        cells.channel,
        cells.imported_segment,
        cells.quarter,
        cells.arm,
        cells.is_control,
        asked.metric,
        cells.people_count,
        cells.assigned_count,
        cells.drawn_alone_count,
        cells.contaminated_count,
        {%- for name in arm_sums('', '') %}
        case asked.metric
            {%- for metric in measured_metrics() %}
            when '{{ metric }}' then cells.{{ metric }}_{{ name }}
            {%- endfor %}
        end as {{ name }},
        {%- endfor %}
        cells.first_assigned_at,
        cells.last_assigned_at
    from cells
    inner join {{ ref('int_metrics_asked') }} as asked on cells.experiment = asked.experiment
    where asked.metric in ({{ text_literals(measured_metrics()) }})
),

told_metrics as (
    select distinct
        experiment,
        metric
    from {{ ref('stg_experiments__outcomes') }}
),

-- of the past, as their files say
told as (
    select
        subjects.experiment,
        subjects.phase,
        subjects.arm,
        subjects.is_control,
        subjects.imported_segment,
        subjects.is_contaminated,
        subjects.assigned_at,
        told_metrics.metric,
        coalesce(outcomes.value, 0) as value,
        coalesce(outcomes.covariate, 0) as covariate
    from {{ ref('subjects') }} as subjects
    inner join told_metrics on subjects.experiment = told_metrics.experiment
    left join {{ ref('stg_experiments__outcomes') }} as outcomes
        on
            subjects.experiment = outcomes.experiment
            and subjects.subject_id = outcomes.unit_id
            and told_metrics.metric = outcomes.metric
    where subjects.is_told
),

parts as (
    {%- for segment_type, column in {
        'all': "'all'",
        'rfm_segment': 'segment',
        'stage': 'stage',
        'channel': 'channel',
        'quarter': quarter_of('quarter'),
        'imported': 'imported_segment',
    }.items() %}
    select
        experiment,
        phase,
        '{{ segment_type }}' as segment_type,
        {{ column }} as segment,
        arm,
        is_control,
        metric,
        people_count,
        assigned_count,
        drawn_alone_count,
        contaminated_count,
        {%- for name in arm_sums('', '') %}
        {{ name }},
        {%- endfor %}
        first_assigned_at,
        last_assigned_at
    from measured
    {{ "where experiment = 'holdout'" if segment_type == 'quarter' }}
    union all
    {%- endfor %}
    {%- for segment_type, column in {'all': "'all'", 'imported': 'imported_segment'}.items() %}
    select
        experiment,
        phase,
        '{{ segment_type }}' as segment_type,
        {{ column }} as segment,
        arm,
        is_control,
        metric,
        count(*) as people_count,
        count(*) as assigned_count,
        count(*) as drawn_alone_count,
        count(case when is_contaminated then 1 end) as contaminated_count,
        {%- for name, sum in arm_sums('value', 'covariate').items() %}
        {{ sum }} as {{ name }},
        {%- endfor %}
        min(assigned_at) as first_assigned_at,
        max(assigned_at) as last_assigned_at
    from told
    group by experiment, phase, {{ "imported_segment, " if segment_type == 'imported' }}arm, is_control, metric
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    experiment,
    phase,
    segment_type,
    segment,
    arm,
    is_control,
    metric,
    cast(sum(people_count) as bigint) as people_count,
    cast(sum(assigned_count) as bigint) as assigned_count,
    cast(sum(drawn_alone_count) as bigint) as drawn_alone_count,
    cast(sum(contaminated_count) as bigint) as contaminated_count,
    {%- for name in arm_sums('', '') %}
    cast(coalesce(sum({{ name }}), 0) as double) as {{ name }},
    {%- endfor %}
    min(first_assigned_at) as first_assigned_at,
    max(last_assigned_at) as last_assigned_at,
    {{ days_between('min(first_assigned_at)', as_of()) }} as days_open
from parts
where segment is not null
group by experiment, phase, segment_type, segment, arm, is_control, metric
