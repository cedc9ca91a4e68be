{#- A table that keeps its last state while a score that its query reads is in doubt (scores.drift): the materialization of
    audiences and triggers. A query that reads no score is a table like any other. Kept rows follow their people: whoever was
    merged since is there under the id of today, whoever is gone is not. Where there is no last state it is empty. -#}
{% materialization held_table, default, supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made = make_intermediate_relation(target_relation) -%}
    {%- set backup = make_backup_relation(target_relation, existing.type if existing else 'table') -%}
    {%- set doubted = scores_in_doubt(model) -%}
    {{ drop_relation_if_exists(load_cached_relation(made)) }}
    {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set query = sql -%}
    {%- if doubted -%}
        {%- do exceptions.warn(
            model.name ~ ' keeps its last state' ~ ('' if existing else ', which is none') ~ ': it reads ' ~ doubted | join(' and ')
            ~ ', in doubt by scores.drift') -%}
        {%- set query = kept_rows(existing, get_column_schema_from_query(sql)) if existing else 'select * from (' ~ sql ~ ') as nobody where 1 = 0' -%}
    {%- endif -%}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, made, query) }}
    {%- endcall %}

    {% if existing %}{{ adapter.rename_relation(existing, backup) }}{% endif %}
    {{ adapter.rename_relation(made, target_relation) }}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(backup) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The alarmed ones of the scores that a model reads; [] where it reads none. -#}
{% macro scores_in_doubt(node) -%}
    {%- set read = scores_read_by(node) if execute else [] -%}
    {%- if not read -%} {{ return([]) }} {%- endif -%}
    {%- set alarmed = run_query('select model from ' ~ relation_of('drift') ~ ' where is_alarmed order by model') -%}
    {{ return(alarmed.columns[0].values() | select('in', read) | list) }}
{%- endmacro %}

{#- The rows of an audience or trigger as it is, under the ids of today, in the columns that it is to have: one that is new is NULL.
    Of two persons that became one, each with rows, those of the id that stayed hold. -#}
{% macro kept_rows(relation, wanted) -%}
    {%- set kept = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set columns = wanted | map(attribute='name') | select('in', kept) | list -%}
    select
        {%- for column in wanted %}
        {{ column.name if column.name in kept else 'cast(null as ' ~ column.data_type ~ ') as ' ~ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            profile_ids.current_profile_id as profile_id,
            {%- for column in columns if column != 'profile_id' %}
            kept.{{ column }},
            {%- endfor %}
            rank() over (
                partition by profile_ids.current_profile_id
                order by case when kept.profile_id = profile_ids.current_profile_id then 0 else 1 end, kept.profile_id
            ) as place
        from {{ relation }} as kept
        inner join {{ relation_of('profile_ids') }} as profile_ids on kept.profile_id = profile_ids.profile_id
        inner join {{ relation_of('profiles') }} as profiles on profile_ids.current_profile_id = profiles.profile_id
    ) as followed
    where place = 1
{%- endmacro %}

{#- Where a model of the project lies; for what is asked for while models are built, beside the graph's order. -#}
{% macro relation_of(name) -%}
    {{ return((graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('name', 'equalto', name) | first).relation_name) }}
{%- endmacro %}
