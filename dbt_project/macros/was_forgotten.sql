{#- Whether there is a table of what `name` forgot: an earlier run may not have known the model. dbt does not see what a hook made just now. -#}
{% macro was_forgotten(name) -%}
    {%- if not was_run_before() -%} {{ return(false) }} {%- endif -%}
    {%- set found = run_query("select count(*) from information_schema.tables where table_schema = '" ~ this.schema
        ~ "' and table_name = '" ~ name ~ "_forgotten'") -%}
    {{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}
