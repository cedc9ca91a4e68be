{#- What a row must be to count at an origin: the join of the parts of customer_features. -#}

{#- Joins `origins` to rows of `rows` that had happened and had been landed by then; with `seen.wanted`, of the people wanted there. -#}
{% macro seen_at(seen, rows, happened_at) -%}
inner join {{ seen.wanted or seen.origins }} as origins
        on
            {{ rows }}.{{ happened_at }} < origins.as_of
            and {{ rows }}.ingested_at {{ seen.landed }} origins.as_of
            {%- if seen.wanted %}
            and {{ rows }}.profile_id = origins.profile_id
            {%- endif %}
{%- endmacro %}

{#- Whether an instant lies in the last days before the origin. -#}
{% macro in_last(days, instant) -%} {{ instant }} >= {{ plus_days('origins.as_of', -days) }} {%- endmacro %}

{#- Of which parts it can be said at each origin that nothing was there: something of the kind had been seen before the days that
    are counted, in the year before the origin, and was known then. One row for each origin. -#}
{% macro sources_watched(seen) -%}
{%- set parts = [
    ('visited', ref('stg_all__events'), 'event_at', 'true', 30),
    ('written', ref('profile_engagements'), 'occurred_at', "channel = 'email' and status in ('sent', 'delivered')", 90),
    ('served', ref('profile_tickets'), 'opened_at', 'true', 180),
] -%}
with

days as (
    {%- for part, relation, happened_at, condition, _ in parts %}
    select
        '{{ part }}' as part,
        cast({{ happened_at }} as date) as seen_on,
        min(ingested_at) as known_at
    from {{ relation }}
    where {{ condition }}
    group by cast({{ happened_at }} as date)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    origins.as_of,
    {%- for part, _, _, _, least_days in parts %}
    max(case when days.part = '{{ part }}' and days.seen_on < cast({{ plus_days('origins.as_of', -least_days) }} as date) then 1 end)
    is not null as has_{{ part }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ seen.origins }} as origins
left join days
    on
        days.seen_on >= cast({{ plus_days('origins.as_of', -365) }} as date)
        and days.seen_on < cast(origins.as_of as date)
        and days.known_at {{ seen.landed }} origins.as_of
group by origins.as_of
{%- endmacro %}
