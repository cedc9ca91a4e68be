{{ config(enabled=is_used('shopify')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shopify_orders') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='order_id', event_at='coalesce(processed_at, created_at)') }}
)

select
    'shopify:' || latest.order_id as order_id,
    nullif(trim(latest.customer_id), '') as customer_id,
    cast(null as varchar) as brand,
    nullif(trim(latest.first_name), '') as first_name,
    nullif(trim(latest.last_name), '') as last_name,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    case
        when latest.cancelled_at is not null or latest.financial_status in ('VOIDED', 'EXPIRED') then 'cancelled'
        when latest.fulfillment_status = 'FULFILLED' then 'shipped'
        when latest.financial_status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') then 'paid'
        else 'pending'
    end as status,
    latest.currency,
    coalesce(latest.discount_amount, 0) as discount_amount,
    coalesce(latest.shipping_amount, 0) as shipping_amount,
    coalesce(latest.tax_amount, 0) as tax_amount,
    latest.total_amount,
    nullif(trim(latest.coupon_codes), '') as coupon_code,
    {{ normalized_country('latest.country_code') }} as country_code,
    coalesce(latest.processed_at, latest.created_at) as ordered_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
where not latest.is_test
