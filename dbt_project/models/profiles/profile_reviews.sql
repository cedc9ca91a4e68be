select
    said.review_id,
    {{ speaker() }} as profile_id,
    said.product_id,
    said.order_id,
    said.brand,
    said.rating,
    said.review_text,
    said.created_at,
    said.ingested_at
from {{ ref('stg_all__reviews') }} as said
{{ join_speakers() }}
