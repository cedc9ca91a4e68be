{{ config(enabled=is_used('keycrm')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'keycrm_orders') }}
),

phones as (
    select * from {{ ref('int_phones_parsed') }}
),

places as {{ read_in_place() }} (
    select * from {{ source('raw', 'keycrm_sources') }}
),

latest as (
    {{ latest_version('source', key='order_id', event_at='coalesce(ordered_at, created_at)') }}
),

currencies as (
    {{ latest_version('places', key='source_id', event_at='_landed_at', updated_at='_landed_at') }}
)

select
    'keycrm:' || latest.order_id as order_id,
    nullif(trim(latest.buyer_id), '') as customer_id,
    cast(null as varchar) as brand,
    nullif({{ first_word('latest.name') }}, '') as first_name,
    nullif({{ after_first_word('latest.name') }}, '') as last_name,
    {{ normalized_email('latest.email') }} as email,
    phones.phone,
    nullif(trim(latest.street), '') as street,
    nullif(trim(latest.postal_code), '') as postal_code,
    nullif(trim(latest.city), '') as city,
    -- KeyCRM's groups of statuses: 1 new, 2 agreed, 3 in the making, 4 on its way, 5 done, 6 cancelled
    case
        when latest.status_group_id = 6 then 'cancelled'
        when latest.status_group_id = 5 then 'delivered'
        when latest.status_group_id = 4 then 'shipped'
        when latest.payment_status in ('paid', 'overpaid') then 'paid'
        else 'pending'
    end as status,
    {{ normalized_currency('currencies.currency') }} as currency,
    coalesce(latest.discount_amount, 0) as discount_amount,
    coalesce(latest.shipping_amount, 0) as shipping_amount,
    coalesce(latest.tax_amount, 0) as tax_amount,
    latest.total_amount,
    nullif(trim(latest.coupon_code), '') as coupon_code,
    {{ normalized_country('latest.country_code') }} as country_code,
    coalesce(latest.ordered_at, latest.created_at) as ordered_at,
    latest.updated_at,
    latest.ingested_at
from latest
left join currencies on latest.source_id = currencies.source_id
left join phones
    on
        latest.phone = phones.phone_raw
        and coalesce({{ normalized_country('latest.country_code') }}, '') = phones.country_code
