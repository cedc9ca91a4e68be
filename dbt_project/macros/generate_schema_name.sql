{#- The schema is the stage's name, in every environment: a warehouse is one file (or one database) each. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
