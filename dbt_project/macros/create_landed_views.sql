{#- Makes what the edges wrote readable: a view for every table of the sources `raw` and `scores`, over the Parquet files
    that `meta.landing` names below the landing zone. Runs before each dbt command; writes nothing but the views. -#}
{% macro create_landed_views() -%}
    {%- if execute and flags.WHICH in ['run', 'build', 'test', 'seed', 'show'] -%}
        {%- for source in graph.sources.values() if source.meta.get('landing') -%}
            {%- do run_query('create schema if not exists ' ~ source.schema) -%}
            {%- do run_query(create_landed_view(source.schema ~ '.' ~ source.identifier, source.meta.landing)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro create_landed_view(relation, landing) -%}
    {{ return(adapter.dispatch('create_landed_view')(relation, landing)) }}
{%- endmacro %}

{% macro duckdb__create_landed_view(relation, landing) -%}
    {%- set path = env_var('REGULARS_DATA', '../data') ~ '/landing/' ~ landing -%}
    {%- set columns = "filename = false, hive_partitioning = false, union_by_name = true" -%}
    {{ return("create or replace view " ~ relation ~ " as select * from read_parquet('" ~ path ~ "', " ~ columns ~ ")") }}
{%- endmacro %}
