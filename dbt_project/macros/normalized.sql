{#- A country as an upper-case code; NULL when empty. -#}
{% macro normalized_country(expression) -%} nullif(upper(trim({{ expression }})), '') {%- endmacro %}

{#- A currency as its upper-case code; NULL when empty. -#}
{% macro normalized_currency(expression) -%} nullif(upper(trim({{ expression }})), '') {%- endmacro %}

{#- A full name as its first word, and as what follows it. -#}
{% macro first_word(expression) -%} split_part(trim({{ expression }}), ' ', 1) {%- endmacro %}
{% macro after_first_word(expression) -%}
    trim(substr(trim({{ expression }}), length({{ first_word(expression) }}) + 1))
{%- endmacro %}

{#- The domain of a web address: without its scheme, www. and what follows the host; '' when there is none. -#}
{% macro domain_of(expression) -%}
    split_part(split_part(regexp_replace(lower(trim({{ expression }})), '^([a-z]+://)?(www[.])?', ''), '/', 1), ':', 1)
{%- endmacro %}
