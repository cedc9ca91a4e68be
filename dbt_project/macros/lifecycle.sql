{#- Whole days from an order to a stage that begins by itself (settled, cooling, at_risk, lapsed), by the column typical_gap_days:
    so many gaps as `vars.lifecycle` says, and as long after the stage before as a stage lasts at least. -#}
{% macro stage_days(stage) -%}
    {%- set policy, stages = var('lifecycle'), ['settled', 'cooling', 'at_risk', 'lapsed'] -%}
    {%- set place = stages.index(stage) -%}
    greatest(
        cast(round({{ policy[stage ~ '_after'] }} * typical_gap_days) as integer),
        {% if place %}{{ stage_days(stages[place - 1]) }} + {% endif %}{{ policy.least_days }}
    )
{%- endmacro %}
