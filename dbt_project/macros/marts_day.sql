{#- Marts by days: of what grows, only what belongs to a touched person or day is worked out anew.

    int_event_days         a fingerprint of every day's events
    int_days_touched       the days whose fingerprint is another than after the last whole run: sessions of these are worked out anew
    int_sessions_touched   the visits that these days' events are or were of
    events_touched         the events of these visits, which several models read
    visitors_touched       who was there on these days, where gaps tell visits apart
    owners_left            whose the replaced visits were; like the lists above and below, emptied by a whole run
    int_fingerprints       fingerprints of everything else that marts rest on: a person's orders and words, the order lines of a day, a product
    int_persons_touched    whose they are
    <mart>_anew            the rows of a mart that a day works out anew (materialization by_days): who rests on the same persons reads these
    int_fingerprints_known the last of the stage: what the fingerprints were; with it the run counts as whole

    Fingerprints are compared, no watermark is trusted: what is late, deleted, landed again or moved to another person is found whatever
    the reason, also when a run looks back to an earlier day. A run that did not get to the end leaves what it touched in the lists, and
    the next one does it again. All is rebuilt after --full-refresh or a change of a model, a seed, a macro or a variable. The answer of a
    day is that of a rebuild. -#}

{#- Whether marts are worked out by days in this run: a whole run ended before, by the same policy. -#}
{% macro is_marts_day() -%}
    {%- if flags.FULL_REFRESH -%} {{ return(false) }} {%- endif -%}
    {%- if adapter.get_relation(this.database, this.schema, this.identifier) is none -%} {{ return(false) }} {%- endif -%}
    {%- if adapter.get_relation(this.database, this.schema, 'latest_run') is none -%} {{ return(false) }} {%- endif -%}
    {%- set policy = run_query("select policy from " ~ of_stage('latest_run')).columns[0].values() | first -%}
    {{ return(policy == marts_policy()) }}
{%- endmacro %}

{#- What marts rest on besides the rows, as one text; the engine's way to hash is among it, for fingerprints are compared by it. -#}
{% macro marts_policy() -%}
    {%- set parts = [reporting_currency(), macros_code(), run_query("select cast(" ~ hash_of(["'a word'"]) ~ " as varchar)").columns[0].values()[0]] -%}
    {%- for name in policy_variables() -%} {%- do parts.append(var(name)) -%} {%- endfor -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'in', ['seed', 'model']) | sort(attribute='unique_id')
        if node.resource_type == 'seed' or node.fqn[1] in ['staging', 'profiles', 'marts'] -%}
        {%- do parts.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | string)) }}
{%- endmacro %}

{#- The variables that marts rest on: a change of one rebuilds them. A test sees to it that none is missing. -#}
{% macro policy_variables() -%}
    {{ return([
        'systems', 'customer_ids_of', 'contact_ids_of', 'survivorship', 'ticket_forgotten_days', 'rfm',
        'lifecycle', 'cohort_values', 'session_gap_minutes', 'pages_without_topic',
        'interest_half_life_days', 'interest_weights', 'inactive'
    ]) }}
{%- endmacro %}

{#- For `in (…)`: the days and the persons whose rows a day replaces. A unit test is of a rebuild, and need not give them. -#}
{% macro days_touched() -%}
    {%- if model.resource_type != 'unit_test' -%} select event_date from {{ ref('int_days_touched') }} {%- endif -%}
{%- endmacro %}
{% macro persons_touched() -%}
    {%- if model.resource_type != 'unit_test' -%} select owner from {{ ref('int_persons_touched') }} {%- endif -%}
{%- endmacro %}

{#- Whose an order is, where those of nobody known are to be told apart too: these go by their day. Two expressions. -#}
{% macro owner_of(profile_id, ordered_at) -%}
    coalesce({{ profile_id }}, 'nobody ' || cast(cast({{ ordered_at }} as date) as varchar))
{%- endmacro %}

{#- For a pre-hook and a condition of marts that hold orders of nobody too: the touched owners' rows. -#}
{% macro forget_owners() -%} {{ forget(owner_of('profile_id', 'ordered_at'), persons_touched()) }} {%- endmacro %}
{% macro of_owners_touched() -%} {{ on_a_day(owner_of('profile_id', 'ordered_at') ~ ' in (' ~ persons_touched() ~ ')') }} {%- endmacro %}

{#- The rows of a mart that is kept by days (by_days with meta.anew): on a day those that were worked out anew, where this run did so; else all. -#}
{% macro anew(name) -%}
    {%- set all = ref(name) -%}
    {%- set is_apart = is_a_day() and ('model.' ~ project_name ~ '.' ~ name) in selected_resources -%}
    {{ all.incorporate(path={'identifier': all.identifier ~ '_anew'}) if is_apart else all }}
{%- endmacro %}

{#- For the pre-hook of sessions: whose the visits were that are about to be forgotten. A rebuild begins with nobody, and the next run is one
    too where it does not come to its end. -#}
{% macro remember_owners() -%}
    {%- if is_a_day() -%}
        insert into {{ of_stage('owners_left') }}
        select distinct profile_id from {{ this }} where profile_id is not null and session_key in ({{ sessions_touched() }})
    {%- elif execute -%}
        create or replace table {{ of_stage('owners_left') }} (profile_id varchar);
        {%- if adapter.get_relation(this.database, this.schema, 'latest_run') is not none %} delete from {{ of_stage('latest_run') }}; {%- endif -%}
    {%- endif -%}
{%- endmacro %}
{% macro owners_left() -%}
    {%- if is_a_day() -%} {{ of_stage('owners_left') }} {%- else -%} ({{ nothing_of({'profile_id': 'varchar'}) }}) {%- endif -%}
{%- endmacro %}

{#- A number that changes with any row of a group, whatever their order (an aggregate). `columns`: of the relation, all by default. -#}
{% macro fingerprint_of(relation, columns=none) -%}
    {%- if execute and columns is none -%}
        {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- endif -%}
    {{ sum_of_hashes(columns or ['1']) }}
{%- endmacro %}

{#- On a day, what the fingerprints were after the last whole run; in a rebuild those of now, for nothing is touched then. -#}
{% macro fingerprints_known(now) -%} {{ of_stage('int_fingerprints_known') if is_a_day() else now }} {%- endmacro %}

{#- On a day, a mart as the last run left it: of a model that is built later in this run. columns: names and types that are read of it. -#}
{% macro as_before(name, columns) -%}
    {%- if is_a_day() -%} {{ of_stage(name) }} {%- else -%} ({{ nothing_of(columns) }}) {%- endif -%}
{%- endmacro %}

{#- Last of all: from here on this run is the one to compare with. -#}
{% macro close_marts_run() -%}
    {%- if execute -%}
        create or replace table {{ of_stage('latest_run') }} as select cast('{{ marts_policy() }}' as varchar) as policy;
        delete from {{ of_stage('int_days_touched') }};
        delete from {{ of_stage('int_sessions_touched') }};
        delete from {{ of_stage('int_persons_touched') }};
        delete from {{ of_stage('owners_left') }};
        delete from {{ of_stage('visitors_touched') }};
        delete from {{ of_stage('events_touched') }};
        {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            if node.fqn[1] == 'marts' and node.config.meta.get('anew') %}
        drop table if exists {{ of_stage(node.name ~ '_anew') }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
