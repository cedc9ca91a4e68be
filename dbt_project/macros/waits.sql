{#- What a trigger is written with: a wait, the time for which a reason holds, a branch, and what happened since. docs/campaigns.md shows how. -#}

{#- The instant at which a wait that began at another instant is over. -#}
{% macro waited(since, days=0, hours=0, minutes=0) -%}
    {{ plus_minutes(since, (days * 24 + hours) * 60 + minutes) }}
{%- endmacro %}

{#- A condition: it has happened (a wait is over) by as_of, and not longer ago than this. So a run that comes late, or one that was missed,
    still finds it, and what is older never comes up again. -#}
{% macro is_due(occurred_at, for_days=0, for_hours=0) -%}
    {%- if for_days * 24 + for_hours <= 0 -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": is_due needs for_days or for_hours: an old reason must not come up again") }}
    {%- endif -%}
    ({{ occurred_at }} <= {{ as_of() }} and {{ occurred_at }} > {{ plus_hours(as_of(), -(for_days * 24 + for_hours)) }})
{%- endmacro %}

{#- The name of the first branch whose condition holds. branches: names and conditions, in order; otherwise: the name where none does. -#}
{% macro branch(branches, otherwise) -%}
    case
        {%- for name, condition in branches.items() %}
        when {{ condition }} then '{{ name }}'
        {%- endfor %}
        else '{{ otherwise }}'
    end
{%- endmacro %}

{#- A condition: the same person has a row at or after an instant. relation: a ref or a CTE with a profile_id; happened_at: its column;
    profile_id and since: of the row that asks; also: a further condition on the relation, which is called `later`. -#}
{% macro has_since(relation, happened_at, profile_id, since, also='true') -%}
    exists (
        select 1
        from {{ relation }} as later
        where
            later.profile_id = {{ profile_id }}
            and later.{{ happened_at }} >= {{ since }}
            and {{ also }}
    )
{%- endmacro %}
