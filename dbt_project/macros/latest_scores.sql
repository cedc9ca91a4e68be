{#- The scores of the latest day that is not after as_of: what a decision may know. Whoever reads them so is built after scores.drift
    and held while that doubts them (materialization held_table). -#}
{% macro latest_scores(name) -%}
    {%- do ref('drift') -%}
    (
        select scored.*
        from {{ source('scores', name) }} as scored
        inner join (
            select max(as_of) as as_of from {{ source('scores', name) }} where as_of <= {{ as_of() }}
        ) as latest on scored.as_of = latest.as_of
    )
{%- endmacro %}

{#- The same of every day of the last days until then: when something was estimated first. -#}
{% macro scores_of_last_days(name, days) -%}
    {%- do ref('drift') -%}
    (
        select scored.*
        from {{ source('scores', name) }} as scored
        where scored.as_of <= {{ as_of() }} and scored.as_of > {{ plus_days(as_of(), -days) }}
    )
{%- endmacro %}
