{#- A table that keeps its rows from day to day: the materialization of models that go by days (days.sql). A rebuild makes it like any table. On
    a day a pre-hook has forgotten what is touched, and what the query gives is added. With meta.anew the rows of the day stand alone too, as
    <model>_anew: a model that rests on the same persons reads these few (`anew`, in marts_day.sql) and not the whole table. -#}
{% materialization by_days, default, supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_rebuilt = existing is none or should_full_refresh() -%}
    {%- set is_apart = not is_rebuilt and config.get('meta', {}).get('anew', false) -%}
    {%- set made = make_intermediate_relation(target_relation) if is_rebuilt else target_relation.incorporate(path={'identifier': this.identifier ~ '_anew'}) -%}
    {%- set backup = make_backup_relation(target_relation, existing.type if existing else 'table') -%}
    {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {{ drop_relation_if_exists(load_cached_relation(made)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if is_rebuilt -%}
        {% call statement('main') -%} {{ get_create_table_as_sql(False, made, sql) }} {%- endcall %}
        {% if existing %}{{ adapter.rename_relation(existing, backup) }}{% endif %}
        {{ adapter.rename_relation(made, target_relation) }}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | join(', ') -%}
        {% if is_apart %}{% call statement('anew') -%} {{ get_create_table_as_sql(False, made, sql) }} {%- endcall %}{% endif %}
        {% call statement('main') -%}
            insert into {{ this }} ({{ columns }}) select {{ columns }} from {% if is_apart %}{{ made }}{% else %}({{ sql }}) as added{% endif %}
        {%- endcall %}
    {%- endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {% if is_rebuilt and existing %}{{ drop_relation_if_exists(backup) }}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation, made] if is_apart else [target_relation]}) }}
{% endmaterialization %}
