{#- Whether an hour of the day (0 to 23) lies in the quiet hours, which may go over midnight; equal ends mean that there are none. -#}
{% macro is_quiet(hour) -%}
    {%- set from_hour, until_hour = var('quiet_from_hour') | int, var('quiet_until_hour') | int -%}
    {%- if from_hour > until_hour -%} ({{ hour }} >= {{ from_hour }} or {{ hour }} < {{ until_hour }})
    {%- else -%} ({{ hour }} >= {{ from_hour }} and {{ hour }} < {{ until_hour }})
    {%- endif -%}
{%- endmacro %}
