with

allowed as (
    select * from {{ ref('decisions') }}
    where kind = 'message' and reason is null
),

addresses as (
    select email as address from {{ ref('profiles') }}
    where email is not null
    union all
    select phone from {{ ref('profiles') }}
    where phone is not null
),

readers as (
    select
        address,
        count(*) as people_count
    from addresses
    group by address
),

-- the shelves by name; neither has what the message is about
shelves as (
    select
        allowed.message_id,
        {{ listed_by('goods.product_name', 'goods.place') }} filter (where goods.shelf = 'buy_again') as buy_again,
        {{ listed_by('goods.product_name', 'goods.place') }} filter (where goods.shelf = 'new_for_you') as new_for_you
    from allowed
    inner join {{ ref('recommended_products') }} as goods
        on
            allowed.profile_id = goods.profile_id
            and (allowed.product_id is null or allowed.product_id <> goods.product_id)
    where goods.product_name is not null
    group by allowed.message_id
)

select
    allowed.message_id,
    allowed.campaign,
    allowed.channel,
    allowed.content,
    profiles.first_name as person_first_name,
    profiles.last_name as person_last_name,
    profiles.country_code as person_country_code,
    profiles.orders_count as person_orders_count,
    allowed.product_id,
    products.name as product_name,
    products.category as product_category,
    products.price_amount as product_price,
    products.currency as product_currency,
    allowed.tokens as event_tokens,
    shelves.buy_again as recommendations_buy_again,
    shelves.new_for_you as recommendations_new_for_you,
    greatest(coalesce(readers.people_count, 1) - 1, 0) as others_at_address,
    allowed.decided_at
from allowed
inner join {{ ref('profiles') }} as profiles on allowed.profile_id = profiles.profile_id
left join {{ ref('stg_all__products') }} as products on allowed.product_id = products.product_id
left join shelves on allowed.message_id = shelves.message_id
left join readers on allowed.address = readers.address
