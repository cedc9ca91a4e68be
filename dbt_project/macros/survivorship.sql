{#- The golden record's rules, as `survivorship` of dbt_project.yml declares them: groups of fields that survive together, so that
    nobody gets the street of one record and the city of another. Each rule gives a record a weight; among records that say
    anything the heaviest holds, and of equals the latest. `place` is the record's place among the person's, 1 the oldest. -#}

{#- The fields of a group; a group without `fields` is one field of its own name. -#}
{% macro fields_of(group) -%} {{ return(var('survivorship')[group].get('fields', [group])) }} {%- endmacro %}

{#- NULL for what is nothing but blanks; of any type, as text. -#}
{% macro said(field) -%} nullif(trim(cast({{ field }} as varchar)), '') {%- endmacro %}

{#- The rank of a record's word on a group: NULL where it says nothing. -#}
{% macro _survival_rank(group, place) -%}
    {%- set rule, fields = var('survivorship')[group].rule, fields_of(group) -%}
    case
        when {% for field in fields %}{{ said(field) }} is not null{{ ' or ' if not loop.last }}{% endfor %}
            then {{ place }} + 1000000 * (
                {%- if rule == 'most_recent' %} 0
                {%- elif rule == 'most_trusted' -%}
                    {%- set trusted = var('survivorship')[group].systems %}
                    case system
                        {%- for system in trusted %} when '{{ system }}' then {{ trusted | length - loop.index0 }}{% endfor %} else 0
                    end
                {%- elif rule == 'most_complete' and fields | length == 1 %} length({{ said(fields[0]) }})
                {%- elif rule == 'most_complete' -%}
                    {%- for field in fields %}
                    case when {{ said(field) }} is null then 0 else 1 end{{ ' +' if not loop.last }}
                    {%- endfor %}
                {%- else -%}
                    {{ exceptions.raise_compiler_error(
                        "survivorship." ~ group ~ ": rule " ~ rule ~ " is not known; known are most_recent, most_trusted, most_complete") }}
                {%- endif %}
            )
    end
{%- endmacro %}

{#- What the record that holds for a group has in a column. -#}
{% macro _survivor(group, column) -%}
    max_by({{ column }}, {{ group }}_rank) filter (where {{ group }}_rank is not null)
{%- endmacro %}

{#- Its word on one of several fields: what it leaves empty stays empty, where max_by would take the next record's. -#}
{% macro _survivor_text(group, field) -%} nullif({{ _survivor(group, "coalesce(" ~ said(field) ~ ", '')") }}, '') {%- endmacro %}

{#- The ranks of all groups, as columns `<group>_rank`. -#}
{% macro survival_ranks(place) -%}
    {%- for group in var('survivorship') %}
        {{ _survival_rank(group, place) }} as {{ group }}_rank{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What holds, as columns `<group>_<field>`, with the record that says so (`<group>_source`) and its date (`<group>_stated_at`). -#}
{% macro survivors() -%}
    {%- for group in var('survivorship') %}
        {%- set fields = fields_of(group) %}
        {%- for field in fields %}
        {{ _survivor(group, field) if fields | length == 1 else _survivor_text(group, field) }} as {{ group }}_{{ field }},
        {%- endfor %}
        {{ _survivor(group, 'record') }} as {{ group }}_source,
        {{ _survivor(group, 'updated_at') }} as {{ group }}_stated_at{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The groups of one field each, under the field's own name. -#}
{% macro survivors_alone(others) -%}
    {%- for group in var('survivorship') if group not in others %}
    {{ group }}_{{ fields_of(group)[0] }} as {{ group }},
    {{ group }}_source,
    {{ group }}_stated_at{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
