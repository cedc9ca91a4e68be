{#- One parameter out of the nested event_params of the GA4 export, as varchar, bigint or double, whichever of its typed
    values is set (the same key is a text in some rows and a number in others). A list function, not a sub-query over
    unnest(): that is dozens of times slower. -#}
{% macro ga4_param(name, type='varchar') -%}
    {%- set value = ga4_param_value(name) -%}
    {%- if type == 'varchar' -%}
        coalesce(
            {{ value }}.string_value,
            cast({{ value }}.int_value as varchar),
            cast(coalesce({{ value }}.double_value, {{ value }}.float_value) as varchar)
        )
    {%- elif type == 'bigint' -%}
        coalesce({{ value }}.int_value, {{ number_or_null(value ~ '.string_value', 'bigint') }})
    {%- else -%}
        coalesce(
            {{ value }}.double_value,
            {{ value }}.float_value,
            cast({{ value }}.int_value as double),
            {{ number_or_null(value ~ '.string_value', 'double') }}
        )
    {%- endif -%}
{%- endmacro %}

{% macro ga4_param_value(name) -%} {{ return(adapter.dispatch('ga4_param_value')(name)) }} {%- endmacro %}
{% macro default__ga4_param_value(name) -%}
    element_at(filter(event_params, param -> param.key = '{{ name }}'), 1).value
{%- endmacro %}
{% macro duckdb__ga4_param_value(name) -%}
    list_filter(event_params, lambda param: param.key = '{{ name }}')[1].value
{%- endmacro %}

{#- A number read from a text; NULL when the text is not one. -#}
{% macro number_or_null(expression, type) -%} try_cast({{ expression }} as {{ type }}) {%- endmacro %}

{#- The first element of a list, NULL when there is none; and how many there are (0 for NULL). -#}
{% macro first_of(list) -%} {{ return(adapter.dispatch('first_of')(list)) }} {%- endmacro %}
{% macro default__first_of(list) -%} get({{ list }}, 0) {%- endmacro %}
{% macro duckdb__first_of(list) -%} {{ list }}[1] {%- endmacro %}

{% macro count_of(list) -%} {{ return(adapter.dispatch('count_of')(list)) }} {%- endmacro %}
{% macro default__count_of(list) -%} coalesce(nullif(size({{ list }}), -1), 0) {%- endmacro %}
{% macro duckdb__count_of(list) -%} coalesce(len({{ list }}), 0) {%- endmacro %}

{#- An instant from microseconds since 1970 (UTC). -#}
{% macro timestamp_of_micros(micros) -%} {{ return(adapter.dispatch('timestamp_of_micros')(micros)) }} {%- endmacro %}
{% macro default__timestamp_of_micros(micros) -%} timestamp_micros({{ micros }}) {%- endmacro %}
{% macro duckdb__timestamp_of_micros(micros) -%} make_timestamp({{ micros }}) {%- endmacro %}
