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

{#- A model of these stages is refreshed in full whenever the run is a rebuild, one of features when its table has other columns than it is
    described with (it was made before they changed), and one of staging when its code or a macro is another. dbt asks this macro. -#}
{% macro should_full_refresh() -%}
    {%- set own = config.get('full_refresh') -%}
    {%- if own is none -%}
        {%- set own = flags.FULL_REFRESH
            or (execute and model.fqn[1] in ['identity', 'marts'] and not is_a_day())
            or (execute and model.fqn[1] == 'features' and has_other_columns())
            or (execute and model.fqn[1] == 'staging' and is_made_otherwise()) -%}
    {%- endif -%}
    {{ return(own) }}
{%- endmacro %}

{% macro has_other_columns() -%}
    {%- set there = load_relation(this) -%}
    {%- if there is none -%} {{ return(false) }} {%- endif -%}
    {%- set names = adapter.get_columns_in_relation(there) | map(attribute='name') | sort | list -%}
    {{ return(names != model.columns.keys() | sort | list) }}
{%- endmacro %}

{#- Whether an incremental model of staging has other code than its table was made by, as `remember_code` noted in the table `made_by`. -#}
{% macro is_made_otherwise() -%}
    {%- if adapter.get_relation(this.database, this.schema, 'made_by') is none -%} {{ return(true) }} {%- endif -%}
    {%- set noted = run_query("select code from " ~ of_stage('made_by') ~ " where model = '" ~ this.identifier ~ "'").columns[0].values() -%}
    {{ return(noted | list != [own_code()]) }}
{%- endmacro %}

{#- For a post-hook. -#}
{% macro remember_code() -%}
    {%- if execute -%}
        create table if not exists {{ of_stage('made_by') }} (model varchar, code varchar);
        delete from {{ of_stage('made_by') }} where model = '{{ this.identifier }}';
        insert into {{ of_stage('made_by') }} values ('{{ this.identifier }}', '{{ own_code() }}')
    {%- endif -%}
{%- endmacro %}
{% macro own_code() -%} {{ return(graph.nodes[model.unique_id].checksum.checksum ~ macros_code()) }} {%- endmacro %}

{#- All macros of the project as one short text, so that a change of one is seen; dbt shows a model no more than their names. They are found
    beside profiles.yml, for dbt does not say where the project is. Where they are not, or the engine cannot read files of this machine, it
    is empty, and a change of a macro asks for --full-refresh. -#}
{% macro macros_code() -%} {{ return(adapter.dispatch('macros_code')()) }} {%- endmacro %}
{% macro default__macros_code() -%} {{ return('') }} {%- endmacro %}
{% macro duckdb__macros_code() -%}
    {%- set files = "read_text('" ~ flags.PROFILES_DIR | string | replace("'", "''") ~ "/macros/**/*.sql')" -%}
    {{ return(run_query("select coalesce(md5(string_agg(md5(content), '' order by filename)), '') from " ~ files).columns[0].values()[0]) }}
{%- endmacro %}

{#- A table of the stage by its name, with no word about the order: a model that is built later in the run, as the last run left it. -#}
{% macro of_stage(name) -%} {{ return(this.incorporate(path={'identifier': name})) }} {%- endmacro %}
