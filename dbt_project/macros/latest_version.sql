{#- The version of each record that holds at as_of(): of all versions that had happened and were known by then the one
    updated last. A record that its source had deleted by then is left out; one that came back counts from its return.
    `ingested_at` is when the record became known: the earliest over its versions of the landing time, or
    of the event itself for the first load of a table, whose rows were visible in the source when they happened.
    `relation` is a CTE or a table of landed rows; `key` their key; `event_at` when the thing happened;
    `deleted` which rows end a record's life. -#}
{% macro latest_version(relation, key, event_at, updated_at='updated_at', deleted='_is_deleted') -%}
select
    versions.*
from (
    select
        lives.*,
        row_number() over (
            partition by {{ key }}
            order by {{ updated_at }} desc, _landed_at desc
        ) as version_place
    from (
        select
            known.*,
            min(known_at) over (partition by {{ key }}) as ingested_at,
            max(case when {{ deleted }} then _landed_at end) over (partition by {{ key }}) as deleted_at
        from (
            select
                landed.*,
                case when _is_backfill then {{ event_at }} else _landed_at end as known_at
            from {{ relation }} as landed
            where {{ event_at }} <= {{ as_of() }}
        ) as known
        where known_at <= {{ as_of() }}
    ) as lives
    where deleted_at is null or _landed_at > deleted_at
) as versions
where version_place = 1
{%- endmacro %}
