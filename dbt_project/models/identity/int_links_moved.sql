-- What became of accepted links since the last run; on a first run there is nothing to compare with.
-- depends_on: {{ ref('int_keys_touched') }}, {{ ref('int_records_changed') }}
with

after as (
    select
        given.left_key,
        given.right_key,
        given.via_type,
        given.via_key
    from {{ ref('int_links_accepted') }} as given
    where {{ on_a_day(links_decided_anew()) }}
),

before as (
    {% if was_run_before() %}
    select
        left_key,
        right_key,
        via_type,
        via_key
    from {{ forgotten('int_links_accepted') }}
    {% else %}
    select * from after
    {% endif %}
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
