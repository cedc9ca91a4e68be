{{ config(enabled=is_used('service')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'service_reviews') }}
),

latest as (
    {{ latest_version('source', key='review_id', event_at='created_at') }}
)

select
    latest.review_id,
    nullif(trim(latest.customer_id), '') as customer_id,
    nullif(trim(latest.contact_id), '') as contact_id,
    {{ normalized_email('latest.email') }} as email,
    nullif(trim(latest.brand), '') as brand,
    nullif(trim(latest.product_id), '') as product_id,
    nullif(trim(latest.order_id), '') as order_id,
    latest.rating,
    nullif(trim(latest.text), '') as review_text,
    latest.created_at,
    latest.updated_at,
    latest.ingested_at
from latest
