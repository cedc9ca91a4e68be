{#- Identity is worked out in one of two ways, decided once a run by its first model (int_rows_changed):

    a rebuild   reads everything. So it is after --full-refresh, a run that did not end, or a change of the policy: the variables,
                the seeds, the macros or the SQL that identity rests on.
    a day       reads everything once, to see which rows are new or gone, and then decides anew only what they touch. Every
                decision about a link rests on the records that name one key, and every profile on the links of its records,
                so the rest stands as it is. The answer is that of a rebuild.

    The models of the stage that keep what they know from run to run have one pattern (by_days.sql): a pre-hook forgets what is
    touched, `on_a_day` narrows the query to it. -#}

{#- Whether this run is a day, as its first model decided. -#}
{% macro is_identity_day() -%}
    {%- set state = adapter.get_relation(model.database, 'identity', 'latest_run') -%}
    {%- if state is none -%} {{ return(false) }} {%- endif -%}
    {{ return(run_query("select mode from identity.latest_run").columns[0].values()[0] == 'day') }}
{%- endmacro %}

{#- Whether an earlier run left its state, to compare with. -#}
{% macro was_run_before() -%}
    {%- if not execute or model.resource_type != 'model' -%} {{ return(false) }} {%- endif -%}
    {{ return(adapter.get_relation(model.database, 'identity', 'changes') is not none) }}
{%- endmacro %}

{#- First of all: how this run works, kept in `identity.latest_run`, open until close_identity_run. -#}
{% macro open_identity_run() -%}
    {%- if execute and flags.WHICH in ['run', 'build'] -%}
        {%- set policy = identity_policy() -%}
        {%- set known = [] -%}
        {%- if adapter.get_relation(this.database, this.schema, 'latest_run') is not none -%}
            {%- set known = run_query("select policy, is_open from identity.latest_run").rows[0] -%}
        {%- endif -%}
        {%- set is_day = not flags.FULL_REFRESH and known and known[0] == policy and not known[1] -%}
        {%- do run_query("create or replace table identity.latest_run as select cast('" ~ policy ~ "' as varchar) as policy, cast('"
            ~ ('day' if is_day else 'rebuild') ~ "' as varchar) as mode, true as is_open") -%}
    {%- endif -%}
{%- endmacro %}

{#- Last of all. -#}
{% macro close_identity_run() -%}
    update {{ this.schema }}.latest_run set is_open = false
{%- endmacro %}

{#- What identity rests on besides the rows, as one text. -#}
{% macro identity_policy() -%}
    {%- set parts = [var('identity_keys'), var('identity_across_brands'), var('blocks_reserved_domains'), var('systems'), var('matching')] -%}
    {%- do parts.append(macros_code()) -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.name in ['blocked_identifiers', 'name_variants', 'reviewed_identities'] or (node.resource_type == 'model' and node.fqn[1] == 'identity') -%}
        {%- do parts.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | string)) }}
{%- endmacro %}

{#- On a day, only the rows of records that changed. `record_type` and `record_id` are expressions; the type may be a text. -#}
{% macro of_changed(record_type, record_id) -%}
    {%- set changed = ref('int_records_changed') -%}
    {%- if not is_a_day() -%} true
    {%- elif record_type.startswith("'") -%}
        {{ record_id }} in (select changed.record_id from {{ changed }} as changed where changed.record_type = {{ record_type }})
    {%- else -%}
        exists (
            select 1 from {{ changed }} as changed
            where changed.record_type = {{ record_type }} and changed.record_id = {{ record_id }}
        )
    {%- endif -%}
{%- endmacro %}

{#- The same for the ends of a link: `links` is the alias of a relation with left_key and right_key. -#}
{% macro of_changed_ends(links) -%}
    {%- set changed = "(select record_key from " ~ ref('int_records_changed') ~ ")" -%}
    ({{ links }}.left_key in {{ changed }} or {{ links }}.right_key in {{ changed }})
{%- endmacro %}

{#- Which accepted links a day decides anew: those by a touched key, the words of systems about changed records, and all others. -#}
{% macro links_decided_anew() -%}
    {%- set decided = "(select join_key from " ~ ref('int_keys_touched') ~ " where is_decided)" -%}
    case
        when given.via_type in ('email', 'phone') then given.via_key in {{ decided }}
        {%- if model.name == 'refused_links' %}
        when given.via_type = 'ga_pseudo_id' then given.via_value in ({{ devices_touched() }})
        {%- endif %}
        when given.via_type = 'alias' then {{ of_changed_ends('given') }}
        else true
    end
{%- endmacro %}

{#- The keys that a day decides anew. -#}
{% macro keys_decided() -%} select join_key from {{ ref('int_keys_touched') }} where is_decided {%- endmacro %}

{#- The devices whose owners a day works out anew. -#}
{% macro devices_touched() -%}
    select record_id from {{ ref('int_records_changed') }} where record_type = 'ga_pseudo_id'
    union
    select user_pseudo_id from {{ ref('int_logins_listed') }} where record_key in (select record_key from {{ ref('int_records_touched') }})
{%- endmacro %}

{#- For a pre-hook before `forget`: what is about to be forgotten is kept until the next run, as <model>_forgotten, of it what is asked for later.
    What is asked for of a large table is read from all of it, whoever is forgotten. -#}
{% macro remember(column, keys, columns) -%}
    {%- if is_a_day() -%} {{ remember_where(column ~ " in (" ~ keys ~ ")", columns) }} {%- endif -%}
{%- endmacro %}

{% macro remember_where(condition, columns=['*']) -%}
    {%- if was_run_before() and adapter.get_relation(this.database, this.schema, this.identifier) is not none -%}
        create or replace table {{ forgotten(this.identifier) }} as
        select given.{{ columns | join(', given.') }} from {{ this }} as given where {{ condition }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_where(condition) -%}
    {%- if is_a_day() -%} delete from {{ this }} as given where {{ condition }} {%- endif -%}
{%- endmacro %}

{% macro forgotten(name) -%} {{ of_stage(name ~ '_forgotten') }} {%- endmacro %}

{#- The identifiers whose rows a day replaces: the touched records, what they name or named, and the touched devices. -#}
{% macro list_identifiers_touched() -%}
    {%- set records = "(select record_key from " ~ ref('int_records_touched') ~ ")" -%}
    {%- set keys = "(select join_key from " ~ ref('int_keys_touched') ~ " where is_decided)" -%}
    {%- set links, devices = ref('links'), devices_touched() -%}
    {%- if is_a_day() -%}
        create or replace table {{ of_stage('identifiers_touched') }} as
        select record_key as identifier_key from {{ ref('int_records_touched') }}
        union
        select right_key from {{ links }} where right_type in ('email', 'phone') and left_key in {{ records }}
        union
        select right_key from {{ links }} where right_type in ('email', 'phone') and join_key in {{ keys }}
        union
        select right_key from {{ forgotten('links') }} where right_type in ('email', 'phone')
        union
        select {{ identifier_key("'ga_pseudo_id'", 'record_id') }} from ({{ devices }}) as devices
    {%- endif -%}
{%- endmacro %}
