{#- How many rows there are, and how many of them `hit`, in windows of 24 and of 6 hours that end at an instant and each whole day before it.
    Stands in a select list; `day_lag` says how many days before, and has to be grouped by. -#}
{% macro in_windows(at, end, hit) -%}
        {{ days_between(at, end) }} as day_lag,
        count(*) as cases_24,
        count(case when {{ hit }} then 1 end) as hits_24,
        count(case when {{ at }} > {{ plus_hours(end, '-24 * ' ~ days_between(at, end) ~ ' - 6') }} then 1 end) as cases_6,
        count(
            case when {{ hit }} and {{ at }} > {{ plus_hours(end, '-24 * ' ~ days_between(at, end) ~ ' - 6') }} then 1 end
        ) as hits_6
{%- endmacro %}
