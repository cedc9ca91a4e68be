{%- set columns = columns_of_events() -%}
{{ config(
    materialized='by_days',
    pre_hook=["{{ list_visitors_touched() }}", "{{ forget('visitor', visitors_touched()) }}"]
) }}

-- depends_on: {{ days_touched() }}
with

-- on a day all of a touched visitor's events were forgotten, and only theirs are missing
events as (
    select
        {{ visitor_of() }} as visitor,
        {{ columns | join(', ') }}
    from {{ ref('stg_all__events') }}
    where
        session_key is null
        and {{ visitor_of() }} is not null
        and {{ on_a_day(visitor_of() ~ ' in (' ~ visitors_touched() ~ ')') }}
),

placed as (
    select
        *,
        lag(event_at) over (partition by visitor order by event_at, event_id) as previous_at
    from events
),

-- a visit ends when nothing happens for some time: it is known by the instant of its first event
begun as (
    select
        *,
        max(
            case
                when previous_at is null or event_at > {{ plus_minutes('previous_at', var('session_gap_minutes')) }}
                    then event_at
            end
        ) over (
            partition by visitor
            order by event_at, event_id
            rows between unbounded preceding and current row
        ) as started_at
    from placed
)

select
    visitor || '@' || cast(started_at as varchar) as session_key,
    visitor,
    {{ columns | join(',\n    ') }}
from begun
