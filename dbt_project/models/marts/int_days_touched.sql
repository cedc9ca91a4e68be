{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

days as (
    select * from {{ ref('int_event_days') }}
),

known as (
    select * from {{ fingerprints_known(ref('int_event_days')) }}
    {% if is_a_day() -%}
    where kind = 'event_day'
    {%- endif %}
),

changed as (
    select coalesce(days.event_date, known.event_date) as event_date
    from days
    full outer join known on days.event_date = known.event_date
    where days.fingerprint is distinct from known.fingerprint
)

select changed.event_date from changed
{% if is_incremental() -%}
left join {{ this }} as listed on changed.event_date = listed.event_date
where listed.event_date is null
{%- endif %}
