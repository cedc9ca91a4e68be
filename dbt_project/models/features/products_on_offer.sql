select
    product_id,
    name,
    category,
    stock_quantity,
    is_on_offer
from ({{ products_on_offer() }}) as offered
