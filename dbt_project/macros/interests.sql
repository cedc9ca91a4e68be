{#- What is left of a weight of 1 after so many days: half of it after each interest_half_life_days. -#}
{% macro halved(since, until) -%}
    power(0.5, greatest({{ days_between('cast(' ~ since ~ ' as date)', 'cast(' ~ until ~ ' as date)') }}, 0)
        / {{ var('interest_half_life_days') }}.0)
{%- endmacro %}

{#- A weight as it is some days later, as a decimal: the sum of such is the same in whatever order they come. -#}
{% macro decayed(weight, since, until) -%}
    cast({{ weight }} * {{ halved(since, until) }} as decimal(18, 9))
{%- endmacro %}
