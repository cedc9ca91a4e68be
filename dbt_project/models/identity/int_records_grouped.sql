{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('record_key', 'select record_key from ' ~ ref('int_records_touched')) }}"
    )
}}

with

-- guests of whom nothing is known but an address that is nobody's may be many people: they are nobody
reachable as (
    select links.left_key as record_key
    from {{ ref('links') }} as links
    left join {{ ref('int_keys_counted') }} as refused
        on
            links.join_key = refused.join_key
            and refused.refused_for is not null
    where
        links.left_type = 'guest'
        and links.right_type in ('email', 'phone')
        and refused.join_key is null
        and {{ on_a_day('links.left_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
    group by links.left_key
)

select
    records.record_key,
    records.record_type,
    records.record_id,
    coalesce(components.component_key, records.record_key) as component_key,
    records.first_seen_at,
    records.last_seen_at
from {{ ref('records') }} as records
left join {{ ref('int_components_settled') }} as components on records.record_key = components.node_key
left join reachable on records.record_key = reachable.record_key
where
    (
        records.record_type <> 'guest'
        or records.given_name is not null
        or reachable.record_key is not null
    )
    and {{ on_a_day('records.record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
