{{ config(materialized='view') }}

select
    seen.session_key,
    sessions.profile_id,
    sessions.user_pseudo_id,
    sessions.session_date,
    seen.product_id,
    products.product_id is not null as is_in_catalogue,
    coalesce(products.name, seen.item_name) as product_name,
    coalesce(products.category, seen.item_category) as category,
    coalesce(products.brand, seen.item_brand) as brand,
    products.price_level,
    seen.item_price_amount,
    seen.first_seen_at,
    seen.last_seen_at,
    seen.views_count,
    seen.carts_count,
    sessions.channel,
    sessions.device_category
from {{ ref('int_products_seen') }} as seen
inner join {{ ref('sessions') }} as sessions on seen.session_key = sessions.session_key
left join {{ ref('int_products_placed') }} as products on seen.product_id = products.product_id
