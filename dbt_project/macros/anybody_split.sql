{#- Whether a reviewed split names two records that are known. Where none does, no link is looked at for it: over ten million
    that would cost a second of every day. -#}
{% macro is_anybody_split() -%}
    {%- if not execute or model.resource_type != 'model' -%} {{ return(true) }} {%- endif -%}
    {%- set found = run_query("select count(*) from " ~ ref('int_reviews_read') ~ " where action = 'split' and is_known") -%}
    {{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}
