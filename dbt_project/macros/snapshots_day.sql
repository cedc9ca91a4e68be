{#- Training snapshots by days: of what stays the same for months, only what was touched is worked out anew, with the answer of a rebuild.

    int_inputs_fingerprinted  of each person of the sample, by the first origin that sees them: a fingerprint of all rows that features rest on;
                            and of each origin what holds for everybody there (what was watched, and the SQL of the features itself)
    int_pairs_touched       the origins and persons whose fingerprint is another than when their features were worked out
    int_snapshots           keeps its rows but for these, for origins that are too old, and for people who left the sample
    int_inputs_known          the last: what the fingerprints were; with it the run counts as whole

    No watermark is trusted: a row that comes late, changes, goes or moves to another person is found whatever the reason, and so is a
    changed macro. A run that did not get to the end is done again by the next. -#}

{#- The number of the first origin that sees a row: the first after it happened and was landed. -#}
{% macro first_origin(happened_at, ingested_at) -%}
    cast(floor({{ days_between("timestamp '1970-01-01'", 'greatest(' ~ happened_at ~ ', ' ~ ingested_at ~ ')') }} / {{ days_between_origins() }}.0) + 1 as integer)
{%- endmacro %}

{#- How far the instants of training snapshots lie apart, in days. -#}
{% macro days_between_origins() -%} 30 {%- endmacro %}

{#- A query of one person's rows each: `rows` are those of a relation of that name, `happened_at` and `columns` are of it; `joins` leads to
    `people`, the sample. -#}
{% macro rows_of_people(rows, relation, happened_at, columns, joins=none, condition='true', ingested_at='ingested_at') -%}
    {%- set hashed = [] -%}
    {%- for column in [happened_at, ingested_at] + columns -%} {%- do hashed.append(column if '.' in column else rows ~ '.' ~ column) -%} {%- endfor -%}
    select
        people.profile_id,
        {{ first_origin(rows ~ '.' ~ happened_at, rows ~ '.' ~ ingested_at) }} as origin_number,
        {{ hash_of(["'" ~ rows ~ "'"] + hashed) }} as row_hash
    from {{ relation }} as {{ rows }}
    {{ joins or ('inner join people on ' ~ rows ~ '.profile_id = people.profile_id') }}
    where {{ condition }}
{%- endmacro %}

{#- What the features themselves are, as one text: a change of their SQL works all out anew. -#}
{% macro features_policy() -%} {{ return(local_md5(customer_features('origins', wanted='wanted')) if execute else '') }} {%- endmacro %}

{#- The fingerprints of the last whole run; nothing before the first, after --full-refresh, or where the snapshots are gone. -#}
{% macro inputs_known() -%}
    {%- set names = ['int_inputs_known', 'int_snapshots'] -%}
    {%- set there = [] -%}
    {%- if execute and not flags.FULL_REFRESH and model.resource_type != 'unit_test' -%}
        {%- for name in names if adapter.get_relation(this.database, this.schema, name) is not none -%} {%- do there.append(name) -%} {%- endfor -%}
    {%- endif -%}
    {%- if there | length == 2 -%}
        {{ of_stage('int_inputs_known') }}
    {%- else -%}
        (
            select
                cast(null as varchar) as fingerprint_key,
                cast(null as integer) as origin_number,
                cast(null as hugeint) as fingerprint
            where false
        )
    {%- endif -%}
{%- endmacro %}

{#- For a pre-hook: snapshots of origins and people that are no longer wanted, and those that are worked out anew. -#}
{% macro forget_snapshots() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            as_of not in (select as_of from {{ ref('int_origins') }})
            or profile_id not in (select profile_id from {{ ref('int_people_sampled') }})
            or (as_of, profile_id) in (select as_of, profile_id from {{ ref('int_pairs_touched') }})
    {%- endif -%}
{%- endmacro %}
