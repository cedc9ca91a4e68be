{#- One value, as text, out of a JSON object that is kept as text; NULL where there is none or the text is no JSON. -#}
{% macro json_value(expression, key) -%} {{ return(adapter.dispatch('json_value')(expression, key)) }} {%- endmacro %}
{% macro default__json_value(expression, key) -%} get_json_object({{ expression }}, '$.{{ key }}') {%- endmacro %}
{% macro duckdb__json_value(expression, key) -%}
    case when json_valid({{ expression }}) then json_extract_string({{ expression }}, '$.{{ key }}') end
{%- endmacro %}
