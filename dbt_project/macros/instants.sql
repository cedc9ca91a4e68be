{#- An aggregate: the instants of the rows where a condition holds, as a list; and the first of such a list that is not before an
    instant. NULL where there is none. -#}
{% macro instants_where(instant, condition) -%} {{ return(adapter.dispatch('instants_where')(instant, condition)) }} {%- endmacro %}
{% macro default__instants_where(instant, condition) -%} collect_list({{ instant }}) filter (where {{ condition }}) {%- endmacro %}
{% macro duckdb__instants_where(instant, condition) -%} list({{ instant }}) filter (where {{ condition }}) {%- endmacro %}

{% macro first_from(instants, instant) -%} {{ return(adapter.dispatch('first_from')(instants, instant)) }} {%- endmacro %}
{% macro default__first_from(instants, instant) -%} array_min(filter({{ instants }}, one -> one >= {{ instant }})) {%- endmacro %}
{% macro duckdb__first_from(instants, instant) -%} list_min(list_filter({{ instants }}, lambda one: one >= {{ instant }})) {%- endmacro %}
