with

stated as (
    select
        'crm_id' as left_type,
        contact_id as left_value,
        'shop_customer_id' as right_type,
        shop_customer_id as right_value,
        'contact' as stated_by,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_crm__contacts') }}

    union all

    select
        'crm_id' as left_type,
        contact_id as left_value,
        'email' as right_type,
        email as right_value,
        'contact' as stated_by,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_crm__contacts') }}

    union all

    select
        'crm_id' as left_type,
        contact_id as left_value,
        'phone' as right_type,
        phone as right_value,
        'contact' as stated_by,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_crm__contacts') }}

    union all

    select
        'shop_customer_id' as left_type,
        customer_id as left_value,
        'email' as right_type,
        email as right_value,
        'account' as stated_by,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_shop__customers') }}

    union all

    select
        'shop_customer_id' as left_type,
        customer_id as left_value,
        'phone' as right_type,
        phone as right_value,
        'account' as stated_by,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_shop__customers') }}

    union all

    select
        'shop_customer_id' as left_type,
        customer_id as left_value,
        'email' as right_type,
        email as right_value,
        'order' as stated_by,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from {{ ref('stg_shop__orders') }}
    where customer_id is not null
    group by customer_id, email

    union all

    select
        'email' as left_type,
        email as left_value,
        'phone' as right_type,
        phone as right_value,
        'guest order' as stated_by,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from {{ ref('stg_shop__orders') }}
    where customer_id is null
    group by email, phone

    union all

    select
        'shop_customer_id' as left_type,
        user_id as left_value,
        'ga_pseudo_id' as right_type,
        user_pseudo_id as right_value,
        'login' as stated_by,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from {{ ref('stg_ga4__events') }}
    where user_id is not null
    group by user_id, user_pseudo_id
),

-- the same link stated in several places is one link
merged as (
    select
        left_type,
        left_value,
        right_type,
        right_value,
        min(stated_by) as stated_by,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from stated
    where left_value is not null and right_value is not null
    group by left_type, left_value, right_type, right_value
)

select
    left_type,
    left_value,
    {{ identifier_key('left_type', 'left_value') }} as left_key,
    right_type,
    right_value,
    {{ identifier_key('right_type', 'right_value') }} as right_key,
    stated_by,
    first_seen_at,
    last_seen_at
from merged
