with

-- an account whose row is not here (deleted, not yet landed) is still somebody: it ordered, or a contact names it
named as (
    select
        customer_type as record_type,
        customer_id as record_id,
        system,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from {{ ref('stg_all__orders') }}
    where customer_id is not null and {{ of_changed('customer_type', 'customer_id') }}
    group by customer_type, customer_id, system

    union all

    select
        left_type as record_type,
        left_id as record_id,
        system,
        stated_at as first_seen_at,
        stated_at as last_seen_at
    from {{ ref('stg_all__aliases') }}
    where {{ of_changed('left_type', 'left_id') }}

    union all

    select
        right_type as record_type,
        right_id as record_id,
        system,
        stated_at as first_seen_at,
        stated_at as last_seen_at
    from {{ ref('stg_all__aliases') }}
    where {{ of_changed('right_type', 'right_id') }}
)

select
    named.record_type,
    named.record_id,
    min(named.system) as system,
    min(named.first_seen_at) as first_seen_at,
    max(named.last_seen_at) as last_seen_at
from named
left join {{ ref('blocked_identifiers') }} as blocked
    on
        blocked.identifier_type = 'id'
        and blocked.kind = 'value'
        and lower(named.record_id) = blocked.value
where blocked.value is null and named.record_id is not null
group by named.record_type, named.record_id
