-- An example of a branch and a wait: bought coffee, then a grinder after three days, unless the coffee went back or one
-- is there already. Put your own products into the first two steps.
with

bought as (
    select
        profile_id,
        order_id,
        ordered_at,
        {{ waited('ordered_at', days=3) }} as occurred_at
    from {{ ref('order_items') }}
    where is_paid and profile_id is not null and category = 'Coffee' and returned_quantity = 0
),

accessories as (
    select
        product_id,
        row_number() over (order by stock_quantity desc, product_id asc) as place
    from {{ ref('products_on_offer') }}
    where category = 'Electronics' and name like '%Grinder%' and is_on_offer
),

-- one a person, of their latest such order
due as (
    select
        *,
        row_number() over (partition by profile_id order by ordered_at desc, order_id asc) as place
    from bought
    where {{ is_due('occurred_at', for_days=3) }}
)

select
    due.profile_id,
    due.occurred_at,
    'once' as occasion,
    accessories.product_id,
    {{ branch(
        {'first': 'profiles.orders_count = 1', 'regular': 'profiles.orders_count > 3'}, otherwise='returning'
    ) }} as path,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from due
inner join accessories on accessories.place = 1
inner join {{ ref('profiles') }} as profiles on due.profile_id = profiles.profile_id
where
    due.place = 1
    and not {{ has_since(
        ref('order_items'), 'ordered_at', 'due.profile_id', "timestamp '1970-01-01'",
        "later.is_paid and later.product_name like '%Grinder%'"
    ) }}
