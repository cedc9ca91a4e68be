{#- One value, as text, out of a JSON object that is kept as text; NULL where there is none or the text is no JSON. -#}
{% macro json_value(expression, key) -%} {{ return(adapter.dispatch('json_value')(expression, key)) }} {%- endmacro %}
{% macro default__json_value(expression, key) -%} get_json_object({{ expression }}, '$.{{ key }}') {%- endmacro %}
{% macro duckdb__json_value(expression, key) -%}
    case when json_valid({{ expression }}) then json_extract_string({{ expression }}, '$.{{ key }}') end
{%- endmacro %}

{#- A row's columns as a JSON object kept as text; NULLs stand in it as null. -#}
{% macro json_of(columns) -%} {{ return(adapter.dispatch('json_of')(columns)) }} {%- endmacro %}
{% macro default__json_of(columns) -%}
    to_json(named_struct({% for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}
{% macro duckdb__json_of(columns) -%}
    cast(json_object({% for column in columns %}'{{ column }}', {{ column }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{#- Two JSON objects kept as text as one; where both have a key, the second's value holds. -#}
{% macro json_merged(first, second) -%} {{ return(adapter.dispatch('json_merged')(first, second)) }} {%- endmacro %}
{% macro default__json_merged(first, second) -%}
    to_json(map_concat(from_json({{ first }}, 'map<string,string>'), from_json({{ second }}, 'map<string,string>')))
{%- endmacro %}
{% macro duckdb__json_merged(first, second) -%} cast(json_merge_patch({{ first }}, {{ second }}) as varchar) {%- endmacro %}
