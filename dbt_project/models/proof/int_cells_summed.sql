with

subjects as (
    select * from {{ ref('subjects') }}
),

-- all that people are told apart by at once: any sum over cells is that of the people
measured as (
    select
        {%- for metric in measured_metrics() %}
        outcomes.{{ metric }},
        outcomes.{{ metric }}_before,
        {%- endfor %}
        subjects.experiment,
        subjects.phase,
        subjects.arm,
        subjects.is_control,
        subjects.segment,
        subjects.stage,
        subjects.channel,
        subjects.imported_segment,
        date_trunc('quarter', subjects.assigned_at) as quarter,
        subjects.is_closed,
        subjects.is_contaminated,
        subjects.is_drawn_alone,
        subjects.assigned_at
    from subjects
    left join {{ ref('int_outcomes_measured') }} as outcomes
        on
            subjects.experiment = outcomes.experiment
            and subjects.phase = outcomes.phase
            and subjects.subject_id = outcomes.subject_id
    where not subjects.is_told
)

select
    experiment,
    phase,
    arm,
    is_control,
    segment,
    stage,
    channel,
    imported_segment,
    quarter,
    {%- for metric in measured_metrics() %}
    {%- for name, sum in arm_sums(metric, metric ~ '_before').items() %}
    {{ sum }} as {{ metric }}_{{ name }},
    {%- endfor %}
    {%- endfor %}
    count(*) as assigned_count,
    count(case when is_drawn_alone then 1 end) as drawn_alone_count,
    count(case when is_contaminated then 1 end) as contaminated_count,
    count(case when is_closed then 1 end) as people_count,
    min(assigned_at) as first_assigned_at,
    max(assigned_at) as last_assigned_at
from measured
group by experiment, phase, arm, is_control, segment, stage, channel, imported_segment, quarter
