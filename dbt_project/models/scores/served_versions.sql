with

served as (
    {% for name in score_models() %}
    select
        '{{ name }}' as model,
        max(model_version) as model_version,
        max(as_of) as scored_at
    from {{ latest_scores(name) }} as scored
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    model,
    model_version,
    scored_at
from served
where scored_at is not null
