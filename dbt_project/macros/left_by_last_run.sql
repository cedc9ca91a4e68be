{#- A table of the stage as the last run left it, to stand after `from`: a model that is built later in this run, of which no order is
    meant. Where there is none yet: no rows. columns: names and types that are read of it. -#}
{% macro left_by_last_run(name, columns) -%}
    {%- set there = load_relation(of_stage(name)) if execute and this -%}
    {%- if there -%} {{ there }} {%- else -%} ({{ nothing_of(columns) }}) {%- endif -%}
{%- endmacro %}
