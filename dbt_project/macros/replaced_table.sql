{#- A table is made in one statement in the place of what was there: the materialization of models that say nothing else. dbt's own makes it
    under another name, moves the old one away and the new one there, and drops the old one, each a statement with work of its own. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made = target_relation if model['language'] == 'sql' else make_intermediate_relation(target_relation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {% if made != target_relation %}{{ drop_relation_if_exists(load_cached_relation(made)) }}{% endif %}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if made == target_relation -%}
        {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
        {% if existing is not none and not existing.is_table %}{{ drop_relation_if_exists(existing) }}{% endif %}
        {% call statement('main') -%}
            create or replace table {{ target_relation }} as (
            {{ sql }}
            )
        {%- endcall %}
    {%- else -%}
        {#- Python writes by a connection of its own, beside this transaction -#}
        {% call statement('main', language='python') -%} {{ create_table_as(False, made, compiled_code, 'python') }} {%- endcall %}
        {{ drop_relation_if_exists(existing) }}
        {{ adapter.rename_relation(made, target_relation) }}
    {%- endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
