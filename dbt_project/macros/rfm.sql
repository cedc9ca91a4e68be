{#- A score from 1 to 5 by the share of rows that are strictly below, in steps of a fifth. Equal values get equal scores
    (ntile() would part them by chance), so a fifth may be empty where many are equal. -#}
{% macro quintile(expression) -%}
    1 + cast(floor(5.0 * (rank() over (order by {{ expression }}) - 1) / count(*) over ()) as integer)
{%- endmacro %}
