{#- Lists of days, as whole numbers since 1970-01-01, in order; a day may stand in one several times. -#}

{#- An aggregate: the days (UTC) of the instants of a group. -#}
{% macro days_of(instant) -%} {{ return(adapter.dispatch('days_of')(instant)) }} {%- endmacro %}
{% macro default__days_of(instant) -%} array_sort(collect_list(datediff({{ instant }}, date '1970-01-01'))) {%- endmacro %}
{% macro duckdb__days_of(instant) -%}
    list_sort(list(cast(floor(epoch_us({{ instant }}) / 86400000000) as integer)))
{%- endmacro %}

{% macro different_days(days) -%} {{ return(adapter.dispatch('different_days')(days)) }} {%- endmacro %}
{% macro default__different_days(days) -%} cast(size(array_distinct({{ days }})) as bigint) {%- endmacro %}
{% macro duckdb__different_days(days) -%} cast(list_unique({{ days }}) as bigint) {%- endmacro %}

{#- From the first day to the last. -#}
{% macro sum_of_gaps(days) -%} ({{ item_of(days, -1) }} - {{ item_of(days, 1) }}) {%- endmacro %}

{#- From the last day but one, of the different days, to the last; NULL of one day. -#}
{% macro last_gap(days) -%} {{ return(adapter.dispatch('last_gap')(days)) }} {%- endmacro %}
{% macro default__last_gap(days) -%}
    element_at({{ days }}, -1) - array_max(filter({{ days }}, one -> one < element_at({{ days }}, -1)))
{%- endmacro %}
{% macro duckdb__last_gap(days) -%}
    {{ days }}[-1] - list_max(list_filter({{ days }}, lambda one: one < {{ days }}[-1]))
{%- endmacro %}

{#- Of the gaps from day to day; a day that stands there twice adds nothing. -#}
{% macro sum_of_squared_gaps(days) -%} {{ return(adapter.dispatch('sum_of_squared_gaps')(days)) }} {%- endmacro %}
{% macro default__sum_of_squared_gaps(days) -%}
    aggregate(zip_with(slice({{ days }}, 2, size({{ days }})), {{ days }},
        (later, earlier) -> coalesce((later - earlier) * (later - earlier), 0)), cast(0 as bigint), (total, one) -> total + one)
{%- endmacro %}
{% macro duckdb__sum_of_squared_gaps(days) -%}
    coalesce(list_sum(list_transform(
        list_zip({{ days }}[2:], {{ days }}[:-2]), lambda pair: cast(pair[1] - pair[2] as bigint) * (pair[1] - pair[2])
    )), 0)
{%- endmacro %}
