with

shared_addresses as (
    select right_value as email
    from {{ ref('refused_links') }}
    where right_type = 'email'

    union

    select left_value as email
    from {{ ref('refused_links') }}
    where left_type = 'email' and reason = 'email_shared_by_many'
),

-- every record is somebody, with or without an address; a guest is known by the address of the order
records as (
    select
        'crm_id' as identifier_type,
        contact_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_crm__contacts') }}

    union all

    select
        'shop_customer_id' as identifier_type,
        customer_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_shop__customers') }}

    union all

    select
        'shop_customer_id' as identifier_type,
        customer_id as identifier_value,
        ordered_at as first_seen_at,
        ordered_at as last_seen_at
    from {{ ref('stg_shop__orders') }}
    where customer_id is not null

    union all

    select
        'email' as identifier_type,
        orders.email as identifier_value,
        orders.ordered_at as first_seen_at,
        orders.ordered_at as last_seen_at
    from {{ ref('stg_shop__orders') }} as orders
    left join shared_addresses on orders.email = shared_addresses.email
    where
        orders.customer_id is null
        and orders.email is not null
        and shared_addresses.email is null
),

seen as (
    select
        identifier_type,
        identifier_value,
        first_seen_at,
        last_seen_at,
        1 as is_record
    from records

    union all

    select
        left_type as identifier_type,
        left_value as identifier_value,
        first_seen_at,
        last_seen_at,
        0 as is_record
    from {{ ref('int_links_accepted') }}

    union all

    select
        right_type as identifier_type,
        right_value as identifier_value,
        first_seen_at,
        last_seen_at,
        0 as is_record
    from {{ ref('int_links_accepted') }}
),

identifiers as (
    select
        identifier_type,
        identifier_value,
        {{ identifier_key('identifier_type', 'identifier_value') }} as identifier_key,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        max(is_record) as is_record
    from seen
    group by identifier_type, identifier_value
),

grouped as (
    select
        identifiers.*,
        coalesce(components.component_key, identifiers.identifier_key) as component_key
    from identifiers
    left join {{ ref('int_components_settled') }} as components
        on identifiers.identifier_key = components.node_key
)

select
    *,
    max(is_record) over (partition by component_key) = 1 as is_person
from grouped
