-- estimated once a day, shown by what is known now: stock, purchases and returns may be newer than the estimate
with

estimated as (
    select
        profile_id,
        as_of,
        shelf,
        place,
        product_id,
        weight,
        model_version
    from {{ latest_scores('recommendations') }} as latest
    where product_id is not null
),

offered as (
    select
        product_id,
        name,
        category
    from ({{ products_on_offer() }}) as products
    where is_on_offer
),

items as (
    select
        profile_id,
        product_id,
        ordered_at,
        returned_quantity
    from {{ ref('order_items') }}
    where is_paid and profile_id is not null and ordered_at < {{ as_of() }}
),

bought as (
    select
        profile_id,
        product_id,
        max(ordered_at) as last_bought_at,
        max(returned_quantity) > 0 as is_returned
    from items
    group by profile_id, product_id
),

paced as (
    select
        profile_id,
        {{ just_bought_days('min(ordered_at)', 'max(ordered_at)', 'count(distinct cast(ordered_at as date))') }}
            as just_bought_days
    from items
    group by profile_id
),

able as (
    select
        estimated.*,
        offered.name as product_name,
        offered.category,
        -- counted: of a row_number with a limit DuckDB 2 keeps a list in memory a shelf, 40 GB for a million people
        count(*) over (
            partition by estimated.profile_id, estimated.shelf
            order by estimated.place
            rows between unbounded preceding and current row
        ) as shown_place
    from estimated
    inner join offered on estimated.product_id = offered.product_id
    left join bought on estimated.profile_id = bought.profile_id and estimated.product_id = bought.product_id
    left join paced on estimated.profile_id = paced.profile_id
    where
        case
            when bought.profile_id is null then estimated.shelf = 'new_for_you'
            when bought.is_returned or estimated.shelf = 'new_for_you' then false
            else {{ days_between('bought.last_bought_at', as_of()) }} >= paced.just_bought_days
        end
)

select
    profile_id,
    shelf,
    shown_place as place,
    product_id,
    product_name,
    category,
    weight,
    as_of as estimated_at,
    model_version
from able
where shown_place <= {{ var('recommended_products') }}
