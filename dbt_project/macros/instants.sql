{#- An aggregate: the instants of the rows where a condition holds, as a list; and the first of such a list that is not before an
    instant. NULL where there is none. -#}
{% macro instants_where(instant, condition) -%} {{ return(adapter.dispatch('instants_where')(instant, condition)) }} {%- endmacro %}
{% macro default__instants_where(instant, condition) -%} collect_list({{ instant }}) filter (where {{ condition }}) {%- endmacro %}
{% macro duckdb__instants_where(instant, condition) -%} list({{ instant }}) filter (where {{ condition }}) {%- endmacro %}

{% macro first_from(instants, instant) -%} {{ return(adapter.dispatch('first_from')(instants, instant)) }} {%- endmacro %}
{% macro default__first_from(instants, instant) -%} array_min(filter({{ instants }}, one -> one >= {{ instant }})) {%- endmacro %}
{% macro duckdb__first_from(instants, instant) -%} list_min(list_filter({{ instants }}, lambda one: one >= {{ instant }})) {%- endmacro %}

{#- An aggregate: the value of a column in the first or the last row that has one. Of several at one instant always the same one, not
    always the smallest: keys that are numbers cost a fifth of earliest_value and latest_value, which are for fewer rows. -#}
{% macro first_said(column, by) -%} {{ return(adapter.dispatch('first_said')(column, by)) }} {%- endmacro %}
{% macro default__first_said(column, by) -%} {{ earliest_value(column, by) }} {%- endmacro %}
{% macro duckdb__first_said(column, by) -%}
    min_by({{ column }}, {{ _instant_and_hash(column, by) }}) filter (where {{ column }} is not null and {{ by }} is not null)
{%- endmacro %}

{% macro last_said(column, by) -%} {{ return(adapter.dispatch('last_said')(column, by)) }} {%- endmacro %}
{% macro default__last_said(column, by) -%} {{ latest_value(column, by) }} {%- endmacro %}
{% macro duckdb__last_said(column, by) -%}
    max_by({{ column }}, {{ _instant_and_hash(column, by) }}) filter (where {{ column }} is not null and {{ by }} is not null)
{%- endmacro %}

{% macro _instant_and_hash(column, by) -%}
    cast(epoch_us({{ by }}) as hugeint) * 18446744073709551616 + hash({{ column }})
{%- endmacro %}
