{#- Makes what the edges wrote readable: a view for every table of the sources `raw` and `scores`, over the Parquet files
    that `meta.landing` names below the landing zone. Runs before each dbt command; writes nothing but the views. -#}
{% macro create_landed_views() -%}
    {%- if execute and flags.WHICH in ['run', 'build', 'test', 'seed', 'show'] -%}
        {%- set sources = graph.sources.values() | selectattr('meta.landing') | list -%}
        {%- set statements = [] -%}
        {%- for schema in sources | map(attribute='schema') | unique -%}
            {%- do statements.append('create schema if not exists ' ~ schema) -%}
        {%- endfor -%}
        {%- for source in sources -%}
            {%- do statements.append(create_landed_view(source.schema ~ '.' ~ source.identifier, source.meta.landing)) -%}
        {%- endfor -%}
        {%- do run_statements(statements) -%}
    {%- endif -%}
{%- endmacro %}

{#- Runs statements one after the other; at once where the engine takes several. -#}
{% macro run_statements(statements) -%}
    {{ return(adapter.dispatch('run_statements')(statements)) }}
{%- endmacro %}

{% macro default__run_statements(statements) -%}
    {%- for statement in statements -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro duckdb__run_statements(statements) -%}
    {%- do run_query(statements | join(';\n')) -%}
{%- endmacro %}

{% macro create_landed_view(relation, landing) -%}
    {{ return(adapter.dispatch('create_landed_view')(relation, landing)) }}
{%- endmacro %}

{% macro duckdb__create_landed_view(relation, landing) -%}
    {%- set path = env_var('REGULARS_DATA', '../data') ~ '/landing/' ~ landing -%}
    {%- set columns = "filename = false, hive_partitioning = false, union_by_name = true" -%}
    {{ return("create or replace view " ~ relation ~ " as select * from read_parquet('" ~ path ~ "', " ~ columns ~ ")") }}
{%- endmacro %}
