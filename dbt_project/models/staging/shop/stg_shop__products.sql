{{ config(enabled=is_used('shop')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'shop_products') }}
),

latest as (
    {{ latest_version('source', key='product_id', event_at='created_at') }}
)

select
    product_id,
    name,
    nullif(trim(category), '') as category,
    nullif(trim(brand), '') as brand,
    price_amount,
    {{ normalized_currency('currency') }} as currency,
    stock_quantity,
    created_at,
    updated_at,
    ingested_at
from latest
