{{ config(enabled=is_used('woocommerce')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'woocommerce_orders') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

latest as (
    {{ latest_version('source', key='order_id', event_at='ordered_at') }}
)

select
    'woocommerce:' || latest.order_id as order_id,
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
        when latest.status = 'completed' then 'delivered'
        when latest.status in ('processing', 'refunded') then 'paid'
        when latest.status in ('cancelled', 'failed') then 'cancelled'
        when latest.status in ('pending', 'on-hold') then 'pending'
        -- one that the shop or a plug-in named
        when latest.paid_at is not null then 'paid'
        else 'pending'
    end as status,
    latest.currency,
    cast(coalesce(latest.discount_total, 0) + coalesce(latest.discount_tax, 0) as decimal(18, 4)) as discount_amount,
    cast(coalesce(latest.shipping_total, 0) + coalesce(latest.shipping_tax, 0) as decimal(18, 4)) as shipping_amount,
    coalesce(latest.tax_amount, 0) as tax_amount,
    latest.total_amount,
    nullif(trim(latest.coupon_codes), '') as coupon_code,
    {{ normalized_country('latest.country_code') }} as country_code,
    latest.ordered_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
-- the bin, and carts that never became orders
where latest.status not in ('trash', 'checkout-draft', 'auto-draft')
