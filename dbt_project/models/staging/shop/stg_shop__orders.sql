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
    nullif(trim(latest.customer_id), '') as customer_id,
    nullif(trim(latest.brand), '') as brand,
    nullif(trim(latest.first_name), '') as first_name,
    nullif(trim(latest.last_name), '') as last_name,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    latest.status,
    latest.currency,
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
