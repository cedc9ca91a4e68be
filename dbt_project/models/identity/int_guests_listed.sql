with

guest_orders as (
    select
        orders.*,
        {{ guest_id('orders') }} as guest_id
    from {{ ref('stg_all__orders') }} as orders
    where orders.customer_id is null and {{ of_changed("'guest'", guest_id('orders')) }}
)

-- the same e-mail, phone, name and brand are the same guest
select
    'guest' as record_type,
    guest_id as record_id,
    min(system) as system,
    min(brand) as brand,
    min(email) as email,
    min(phone) as phone,
    min(first_name) as first_name,
    min(last_name) as last_name,
    {{ latest_value('street', 'ordered_at') }} as street,
    {{ latest_value('postal_code', 'ordered_at') }} as postal_code,
    {{ latest_value('city', 'ordered_at') }} as city,
    {{ latest_value('country_code', 'ordered_at') }} as country_code,
    min(ordered_at) as first_seen_at,
    max(ordered_at) as last_seen_at
from guest_orders
where guest_id is not null
group by guest_id
