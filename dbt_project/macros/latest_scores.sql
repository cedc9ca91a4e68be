{#- The scores of the latest day that is not after as_of: what a decision may know. -#}
{% macro latest_scores(name) -%}
    (
        select scored.*
        from {{ source('scores', name) }} as scored
        inner join (
            select max(as_of) as as_of from {{ source('scores', name) }} where as_of <= {{ as_of() }}
        ) as latest on scored.as_of = latest.as_of
    )
{%- endmacro %}
