{#- The key of an identifier: its type and its value together, so that a phone never equals a customer number. -#}
{% macro identifier_key(identifier_type, identifier_value) -%}
    {{ key_of(identifier_type ~ " || ':' || " ~ identifier_value) }}
{%- endmacro %}
