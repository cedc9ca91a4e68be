{#- The version of each record that holds at as_of(): of all versions that had happened and were known by then the one
    updated last. A record that its source had deleted by then is left out; one that came back counts from its return.
    `ingested_at` is when the record became known: the earliest over its versions of the landing time, or
    of the event itself for the first load of a table, whose rows were visible in the source when they happened.
    `relation` is a CTE (that is read where it is named: read_in_place) or a table of landed rows; `key` their key; `event_at` when the
    thing happened; `deleted` which rows end a record's life.
    Most records have one version, which holds as it is: only the few that have more are sorted. -#}
{% macro latest_version(relation, key, event_at, updated_at='updated_at', deleted='_is_deleted') -%}
{%- set known -%}
    (
        select
            landed.*,
            case when _is_backfill then {{ event_at }} else _landed_at end as known_at
        from {{ relation }} as landed
        where {{ event_at }} <= {{ as_of() }} and case when _is_backfill then {{ event_at }} else _landed_at end <= {{ as_of() }}
    ) as known
{%- endset -%}
{%- set lives -%}
    (
        select
            {%- for column in key.split(', ') %}
            {{ column }} as life_key{{ loop.index }},
            {%- endfor %}
            min(known_at) as ingested_at,
            max(case when {{ deleted }} then _landed_at end) as deleted_at
        from {{ known }}
        group by {{ key }}
        having count(*) > 1 or count(case when {{ deleted }} then 1 end) > 0
    ) as lives
{%- endset -%}
{%- set is_same -%}
    {%- for column in key.split(', ') -%} known.{{ column }} is not distinct from lives.life_key{{ loop.index }}{{ ' and ' if not loop.last }} {%- endfor -%}
{%- endset -%}
select
    known.*,
    known.known_at as ingested_at,
    1 as version_place
from {{ known }}
where not exists (
    select 1
    from {{ lives }}
    where {{ is_same }}
)
union all
select
    versions.*
from (
    select
        known.*,
        lives.ingested_at,
        row_number() over (partition by {{ key }} order by {{ updated_at }} desc, _landed_at desc) as version_place
    from {{ known }}
    inner join {{ lives }}
        on {{ is_same }}
    where lives.deleted_at is null or known._landed_at > lives.deleted_at
) as versions
where versions.version_place = 1
{%- endmacro %}
