{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_orders') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='order_id', event_at='ordered_at') }}
)

select
    latest.order_id,
    -- shops write 0, null or guest for a guest: whoever is nobody's account is known by his address
    case when nobody.value is null then nullif(trim(latest.customer_id), '') end as customer_id,
    nullif(trim(latest.brand), '') as brand,
    nullif(trim(latest.first_name), '') as first_name,
    nullif(trim(latest.last_name), '') as last_name,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    latest.status,
    {{ normalized_currency('latest.currency') }} as currency,
    coalesce(latest.discount_amount, 0) as discount_amount,
    coalesce(latest.shipping_amount, 0) as shipping_amount,
    coalesce(latest.tax_amount, 0) as tax_amount,
    latest.total_amount,
    nullif(trim(latest.coupon_code), '') as coupon_code,
    {{ normalized_country('latest.country_code') }} as country_code,
    latest.ordered_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
left join {{ ref('blocked_identifiers') }} as nobody
    on
        nobody.identifier_type = 'id'
        and nobody.kind = 'value'
        and lower(trim(latest.customer_id)) = nobody.value
