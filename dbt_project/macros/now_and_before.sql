{#- Two instants: now, for everybody, and `days` days earlier for a share of the customers, which is enough to see how good an estimate would
    have been. A relation of (as_of, people_pct): people are in by the stable number of macro bucket_of. -#}
{% macro now_and_before(days, people=20000) -%}
    (
        select
            {{ as_of() }} as as_of,
            100 as people_pct
        union all
        select
            {{ plus_days(as_of(), -days) }} as as_of,
            least(100, greatest(1, 100 * {{ people }} / greatest(1, count(distinct profile_id)))) as people_pct
        from {{ ref('orders') }}
        where profile_id is not null
    )
{%- endmacro %}
