{#- One file, though a little long: what is declared, what was decided since, and which arm has which share by that. -#}
{%- set rules = var('experiments') -%}
{%- set told = ['experiment', 'kind', 'campaign', 'metric', 'plan', 'hypothesis', 'varies', 'owner'] -%}
{%- set rows = [] -%}

with

declared as (
    {%- for one in experiments() %}
    {%- for arm in one.arms %}
    {%- do rows.append(arm) %}
    {{ 'union all' if rows | length > 1 }}
    select
        {%- for fact in told %}
        {{ literal_of(one[fact]) }} as {{ fact }},
        {%- endfor %}
        {{ literal_of(one.guardrails | join(',')) }} as guardrails,
        {{ one.outcome_days }} as outcome_days,
        {{ one.looks }} as looks,
        cast({{ 'null' if one.minimum_effect is none else one.minimum_effect }} as double) as minimum_effect,
        cast({{ literal_of(one.starts_on) }} as date) as starts_on,
        '{{ arm.name }}' as arm,
        {{ loop.index }} as place,
        {{ one.arms | length }} as arms_count,
        cast({{ arm.share }} as double) as declared_share,
        {{ literal_of(arm.content) }} as content,
        {{ literal_of(arm.channel) }} as channel,
        cast({{ 'null' if arm.send_hour is none else arm.send_hour }} as integer) as send_hour,
        {{ literal_of(none if arm.offer is none else tojson(arm.offer)) }} as offer
    {%- endfor %}
    {%- endfor %}
),

-- the latest verdict says which phase it is in; who won, the latest that named somebody
verdicts as (
    select
        experiment,
        decided_at,
        winner,
        retired,
        coalesce(next_phase, case decision
            when 'promote' then 'watch'
            when 'settle' then 'settled'
            when 'back_out' then 'backed_out'
            when 'stop' then 'stopped'
            else phase
        end) as phase
    from {{ ref('stg_experiments__verdicts') }}
),

latest as (
    select
        experiment,
        {{ latest_value('phase', 'decided_at') }} as phase,
        {{ latest_value('winner', 'decided_at') }} as winner
    from verdicts
    group by experiment
),

-- of several arms one may be out of the test while the others go on
retired as (
    select distinct
        declared.experiment,
        declared.arm
    from declared
    inner join verdicts on declared.experiment = verdicts.experiment
    where
        declared.place > 1
        and position(',' || declared.arm || ',' in ',' || verdicts.retired || ',') > 0
),

phased as (
    select
        declared.*,
        declared.place = 1 as is_control,
        retired.arm is not null as is_retired,
        case when declared.kind = 'variants' then coalesce(latest.phase, 'test') else 'test' end as phase,
        -- the place of the arm that won, where one of those declared did
        max(case when declared.kind = 'variants' and declared.arm = latest.winner then declared.place end) over (
            partition by declared.experiment
        ) as winner_place
    from declared
    left join latest on declared.experiment = latest.experiment
    left join retired on declared.experiment = retired.experiment and declared.arm = retired.arm
),

-- a winner under watch leaves a little to what was in use before; where that won itself, to the others together
shared as (
    select
        *,
        case
            when phase = 'watch' and place = winner_place then 1 - {{ rules.watch_pct }} / 100.0
            when phase = 'watch' and place = 1 and winner_place > 1 then {{ rules.watch_pct }} / 100.0
            when is_retired and phase in ('test', 'watch') then 0
            when phase = 'watch' and winner_place = 1
                then
                    {{ rules.watch_pct }} / 100.0
                    / nullif(arms_count - 1 - count(case when is_retired then 1 end) over (partition by experiment), 0)
            when phase = 'test' or (phase = 'watch' and winner_place is null) then declared_share
            when phase = 'settled' and place = coalesce(winner_place, 1) then 1
            when phase in ('backed_out', 'stopped') and place = 1 then 1
            else 0
        end as share
    from phased
),

-- a retired arm keeps its part, from which nobody is drawn any more: so everybody else stays where they are
placed as (
    select
        *,
        round(
            sum(case when phase = 'test' then declared_share else share end) over (
                partition by experiment order by place
            ), 12
        ) as to_bucket
    from shared
)

select
    experiment,
    kind,
    campaign,
    phase,
    case
        when kind <> 'variants' and min(share) over (partition by experiment) = 0 then 'stopped'
        when starts_on > cast({{ as_of() }} as date) then 'planned'
        when phase = 'test' then 'running'
        when phase = 'watch' then 'watching'
        else phase
    end as status,
    arm,
    is_control,
    share,
    coalesce(lag(to_bucket) over (partition by experiment order by place), 0) as from_bucket,
    to_bucket,
    metric,
    outcome_days,
    plan,
    looks,
    minimum_effect,
    hypothesis,
    varies,
    guardrails,
    owner,
    starts_on,
    content,
    channel,
    send_hour,
    offer
from placed
