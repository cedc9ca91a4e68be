{{ config(materialized='view') }}

with

served as (
    {%- for name, outcome in score_models().items() %}
    select
        '{{ name }}' as model,
        '{{ outcome }}' as outcome,
        as_of as served_at,
        horizon_days,
        profile_id,
        score,
        fallback_score
    from {{ source('scores', name) }}
    where score is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- three days more than the horizon: orders come late
closed as (
    select
        model,
        max(served_at) as served_at
    from served
    where {{ plus_days('served_at', 'horizon_days + 3') }} <= {{ as_of() }}
    group by model
)

select
    served.model,
    served.outcome,
    served.served_at,
    served.horizon_days,
    served.profile_id,
    served.score,
    served.fallback_score
from served
inner join closed on served.model = closed.model and served.served_at = closed.served_at
