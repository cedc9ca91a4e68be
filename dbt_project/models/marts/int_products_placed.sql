with

products as (
    select
        product_id,
        name,
        category,
        brand,
        currency,
        price_amount
    from {{ ref('stg_all__products') }}
),

-- in the middle of its equals, so that a price that all have is a middle one
placed as (
    select
        *,
        (
            rank() over (partition by category, currency order by price_amount) - 1
            + count(*) over (partition by category, currency, price_amount) / 2.0
        ) / count(*) over (partition by category, currency) as price_place
    from products
    where price_amount is not null and category is not null
)

select
    products.product_id,
    products.name,
    products.category,
    products.brand,
    case
        when placed.price_place <= 0.2 then 'lowest'
        when placed.price_place <= 0.4 then 'low'
        when placed.price_place <= 0.6 then 'middle'
        when placed.price_place <= 0.8 then 'high'
        when placed.price_place <= 1 then 'highest'
    end as price_level
from products
left join placed on products.product_id = placed.product_id
