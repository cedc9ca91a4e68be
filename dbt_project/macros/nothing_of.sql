{#- A table without rows, whose columns and types are those given: what no system of the shop has. -#}
{% macro nothing_of(columns) -%}
select
    {%- for name, type in columns.items() %}
    cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ numbers_below(0) }}
{%- endmacro %}
