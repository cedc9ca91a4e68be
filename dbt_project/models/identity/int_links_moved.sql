-- What became of accepted links since the last run; on a first run there is nothing to compare with.
-- depends_on: {{ ref('int_keys_touched') }}, {{ ref('int_records_changed') }}
with

after as (
    select
        given.left_key,
        given.right_key,
        given.via_type,
        given.via_key
    from {{ ref('int_links_keyed') }} as given
    where {{ on_a_day(links_decided_anew()) }}
    {%- if var('matching') %}

    union all

    select
        left_key,
        right_key,
        via_type,
        via_key
    from {{ ref('int_links_matched') }}
    {%- endif %}
),

before as (
    {%- for kind in ['keyed', 'matched'] if kind == 'keyed' or var('matching') %}
    select
        left_key,
        right_key,
        via_type,
        via_key
    from {{ forgotten('int_links_' ~ kind) if was_forgotten('int_links_' ~ kind) else ref('int_links_' ~ kind) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

both_sides as (
    select
        left_key,
        right_key,
        via_type,
        via_key,
        1 as side
    from after

    union all

    select
        left_key,
        right_key,
        via_type,
        via_key,
        -1 as side
    from before
)

select
    left_key,
    right_key,
    via_type,
    via_key,
    sum(side) > 0 as is_new
from both_sides
group by left_key, right_key, via_type, via_key
having sum(side) <> 0
