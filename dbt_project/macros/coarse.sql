{#- What is foreseen moves a little every day, and what it says does not: it is told in steps, and what was told holds until it is off by
    more than half a step on either side, or somebody at the border between two steps would change every day. told: what was told
    last, NULL where nothing was. -#}
{% macro told_chance(chance, told) -%}
    cast(case when abs({{ chance }} - {{ told }}) <= 0.1 then {{ told }} else round({{ chance }}, 1) end as decimal(4, 2))
{%- endmacro %}

{#- Amounts in steps of 1, 2, 5, 10, 20 … -#}
{% macro told_amount(amount, told) -%}
    cast(case
        when {{ amount }} >= {{ told }} * 0.5 and {{ amount }} <= {{ told }} * 2 then {{ told }}
        when {{ amount }} < 1 then 0
        when {{ amount }} / power(10, floor(log10({{ amount }}))) < 1.5 then power(10, floor(log10({{ amount }})))
        when {{ amount }} / power(10, floor(log10({{ amount }}))) < 3.5 then 2 * power(10, floor(log10({{ amount }})))
        when {{ amount }} / power(10, floor(log10({{ amount }}))) < 7.5 then 5 * power(10, floor(log10({{ amount }})))
        else 10 * power(10, floor(log10({{ amount }})))
    end as bigint)
{%- endmacro %}

{#- The Monday of a day's week, or of the week before or after it. -#}
{% macro told_week(day, told) -%}
    cast(case
        when {{ day }} >= {{ plus_days(told, -7) }} and {{ day }} < {{ plus_days(told, 14) }} then {{ told }}
        else date_trunc('week', {{ day }})
    end as date)
{%- endmacro %}
