{#- An e-mail address as one spelling: trimmed and lower-cased; NULL unless it has one @ between a name and a dotted domain. -#}
{% macro normalized_email(expression) -%}
    case
        when
            trim({{ expression }}) like '_%@_%._%'
            and trim({{ expression }}) not like '%@%@%'
            and trim({{ expression }}) not like '% %'
            then lower(trim({{ expression }}))
    end
{%- endmacro %}

{#- A country as an upper-case code; NULL when empty. -#}
{% macro normalized_country(expression) -%} nullif(upper(trim({{ expression }})), '') {%- endmacro %}
