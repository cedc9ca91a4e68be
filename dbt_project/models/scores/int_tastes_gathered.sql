{{ config(materialized='view') }}

with

dates as (
    select * from {{ latest_scores('next_order_date') }} as latest_dates
),

hours as (
    select * from {{ latest_scores('send_hour') }} as latest_hours
),

kinds as (
    select * from {{ latest_scores('personas') }} as latest_kinds
),

-- below each other, so that a person is gathered in one pass
said as (
    select
        profile_id,
        as_of,
        expected_on,
        earliest_on,
        latest_on,
        cast(null as bigint) as send_hour,
        cast(null as bigint) as persona_id,
        cast(null as varchar) as persona
    from dates
    union all
    select
        profile_id,
        as_of,
        cast(null as date) as expected_on,
        cast(null as date) as earliest_on,
        cast(null as date) as latest_on,
        send_hour,
        cast(null as bigint) as persona_id,
        cast(null as varchar) as persona
    from hours
    union all
    select
        profile_id,
        as_of,
        cast(null as date) as expected_on,
        cast(null as date) as earliest_on,
        cast(null as date) as latest_on,
        cast(null as bigint) as send_hour,
        persona_id,
        persona
    from kinds
),

gathered as (
    select
        profile_id,
        max(as_of) as as_of,
        max(expected_on) as next_order_on,
        max(earliest_on) as next_order_from,
        max(latest_on) as next_order_until,
        max(send_hour) as send_hour,
        max(persona_id) as persona_id,
        max(persona) as persona
    from said
    group by profile_id
),

shelves as (
    select
        profile_id,
        max(estimated_at) as as_of,
        {{ listed_by('product_id', 'place') }} filter (where shelf = 'buy_again') as buy_again,
        {{ listed_by('product_id', 'place') }} filter (where shelf = 'new_for_you') as new_for_you
    from {{ ref('recommended_products') }}
    group by profile_id
)

select
    coalesce(gathered.profile_id, shelves.profile_id) as profile_id,
    coalesce(gathered.as_of, shelves.as_of) as as_of,
    gathered.next_order_on,
    gathered.next_order_from,
    gathered.next_order_until,
    gathered.send_hour,
    gathered.persona_id,
    gathered.persona,
    shelves.buy_again,
    shelves.new_for_you
from gathered
full outer join shelves on gathered.profile_id = shelves.profile_id
