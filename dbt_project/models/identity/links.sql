{{
    config(
        materialized='by_days',
        pre_hook=[
            "{{ remember(
                'left_key', 'select record_key from ' ~ ref('int_records_changed'), ['left_key', 'right_key', 'join_key', 'right_type']
            ) }}",
            "{{ forget('left_key', 'select record_key from ' ~ ref('int_records_changed')) }}"
        ]
    )
}}

with

records as (
    select * from {{ ref('records') }}
    where {{ on_a_day('record_key in (select record_key from ' ~ ref('int_records_changed') ~ ')') }}
),

-- what a record says of itself
own as (
    {% for field in ['email', 'phone'] %}
    select
        record_key as left_key,
        record_type as left_type,
        record_id as left_value,
        '{{ field }}' as right_type,
        {{ field }} as right_value,
        case record_type when 'guest' then 'guest order' else 'record' end as stated_by,
        first_seen_at,
        last_seen_at
    from records
    where {{ field }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- the address that an account gives with an order
ordered as (
    select
        {{ identifier_key('customer_type', 'customer_id') }} as left_key,
        customer_type as left_type,
        customer_id as left_value,
        'email' as right_type,
        email as right_value,
        'order' as stated_by,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from {{ ref('stg_all__orders') }}
    where
        customer_id is not null and email is not null
        and {{ of_changed('customer_type', 'customer_id') }}
    group by customer_type, customer_id, email
),

-- the same link stated in two places is one link
stated as (
    select
        coalesce(own.left_key, ordered.left_key) as left_key,
        coalesce(own.left_type, ordered.left_type) as left_type,
        coalesce(own.left_value, ordered.left_value) as left_value,
        coalesce(own.right_type, ordered.right_type) as right_type,
        coalesce(own.right_value, ordered.right_value) as right_value,
        coalesce(ordered.stated_by, own.stated_by) as stated_by,
        least(own.first_seen_at, ordered.first_seen_at) as first_seen_at,
        greatest(own.last_seen_at, ordered.last_seen_at) as last_seen_at
    from own
    full outer join ordered
        on
            own.left_key = ordered.left_key
            and own.right_type = ordered.right_type
            and own.right_value = ordered.right_value

    union all

    -- a system's own word that two of its records, or one of its and one of another's, are one person
    select
        {{ identifier_key('left_type', 'left_id') }} as left_key,
        left_type,
        left_id as left_value,
        right_type,
        right_id as right_value,
        min(stated_by) as stated_by,
        min(stated_at) as first_seen_at,
        max(stated_at) as last_seen_at
    from {{ ref('stg_all__aliases') }}
    where
        left_id is not null and right_id is not null
        and {{ of_changed('left_type', 'left_id') }}
    group by left_type, left_id, right_type, right_id

    union all

    select
        {{ identifier_key('user_type', 'user_id') }} as left_key,
        user_type as left_type,
        user_id as left_value,
        'ga_pseudo_id' as right_type,
        user_pseudo_id as right_value,
        'login' as stated_by,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from {{ ref('stg_all__events') }}
    where
        user_id is not null and user_pseudo_id is not null
        and {{ of_changed('user_type', 'user_id') }}
    group by user_type, user_id, user_pseudo_id
),

keyed as (
    select
        *,
        {{ identifier_key('right_type', 'right_value') }} as right_key,
        case
            when
                right_type = 'email'
                and (
                    right_value like '%+%'
                    or right_value like '%@gmail.com'
                    or right_value like '%@googlemail.com'
                )
                then {{ identifier_key('right_type', mailbox_of('right_value')) }}
        end as mailbox_key
    from stated
)

-- a mailbox is one key however its address is tagged
select
    left_key,
    right_key,
    left_type,
    left_value,
    right_type,
    right_value,
    coalesce(mailbox_key, right_key) as join_key,
    stated_by,
    first_seen_at,
    last_seen_at
from keyed
