{#- What grows is worked out by days: a model (by_days.sql) forgets what is touched in a pre-hook and narrows its query to
    the same, or rebuilds. The answer is the same. Two stages work so: identity (identity_day.sql) and marts (marts_day.sql); each says
    whether this run is a day for it. -#}

{#- Whether this run is a day for the model's stage. -#}
{% macro is_a_day() -%}
    {%- if not execute or model.resource_type != 'model' or flags.WHICH not in ['run', 'build'] -%} {{ return(false) }} {%- endif -%}
    {%- if model.fqn[1] == 'identity' -%} {{ return(is_identity_day()) }} {%- endif -%}
    {%- if model.fqn[1] == 'marts' -%} {{ return(is_marts_day()) }} {%- endif -%}
    {{ return(false) }}
{%- endmacro %}

{#- A condition that holds only on a day; in a rebuild it is no condition. -#}
{% macro on_a_day(condition) -%} {{ return(condition if is_a_day() else 'true') }} {%- endmacro %}

{#- For a pre-hook: on a day, rows whose `column` is among `keys` (a query of one column) go, to be worked out anew. -#}
{% macro forget(column, keys) -%}
    {%- if is_a_day() -%} delete from {{ this }} where {{ column }} in ({{ keys }}) {%- endif -%}
{%- endmacro %}

{#- A model of these stages is refreshed in full whenever the run is a rebuild, and one of staging (in SQL) or features when its table has other columns
    than it is described with: it was made before they changed. dbt asks this macro. -#}
{% macro should_full_refresh() -%}
    {%- set own = config.get('full_refresh') -%}
    {%- if own is none -%}
        {%- set own = flags.FULL_REFRESH
            or (execute and model.fqn[1] in ['identity', 'marts'] and not is_a_day())
            or (execute and model.fqn[1] in ['staging', 'features'] and model.language == 'sql' and has_other_columns()) -%}
    {%- endif -%}
    {{ return(own) }}
{%- endmacro %}

{% macro has_other_columns() -%}
    {%- set there = load_relation(this) -%}
    {%- if there is none -%} {{ return(false) }} {%- endif -%}
    {%- set names = adapter.get_columns_in_relation(there) | map(attribute='name') | sort | list -%}
    {{ return(names != model.columns.keys() | sort | list) }}
{%- endmacro %}

{#- A table of the stage by its name, with no word about the order: a model that is built later in the run, as the last run left it. -#}
{% macro of_stage(name) -%} {{ return(this.incorporate(path={'identifier': name})) }} {%- endmacro %}
