{#- An e-mail address as one spelling: trimmed and lower-cased; NULL unless it has one @ between a name and a dotted domain. What is left
    of a line, a list or a sentence behind it is no part of it: whoever unsubscribed as one of them must not be written to as the other. -#}
{% macro normalized_email(expression) -%}
    {%- set address -%}
        case
            when lower(right({{ expression }}, 1)) between 'a' and 'z' then trim({{ expression }})
            else trim({{ regex_replaced(expression, '[\\s\\x{A0}\\x{200B}\\x{FEFF}.,;>]+$', '') }})
        end
    {%- endset %}
    case
        when
            {{ address }} like '_%@_%._%'
            and {{ address }} not like '%@%@%'
            and {{ address }} not like '% %'
            then lower({{ address }})
    end
{%- endmacro %}

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
