with

ordered as (
    select
        *,
        row_number() over (partition by product_id order by updated_at nulls first, landed_at) as version_number
    from {{ ref('stg_all__product_versions') }}
),

compared as (
    select
        *,
        lag(price_amount) over (partition by product_id order by version_number) as previous_price_amount,
        lag(currency) over (partition by product_id order by version_number) as previous_currency,
        lag(stock_quantity) over (partition by product_id order by version_number) as previous_stock_quantity,
        lag(updated_at) over (partition by product_id order by version_number) as previous_updated_at
    from ordered
),

-- dated by its system; where that did not move its date, by the landing that showed it
dated as (
    select
        *,
        version_number = 1 as is_first_known,
        case
            when version_number = 1 then coalesce(least(updated_at, landed_at), landed_at)
            when updated_at > coalesce(previous_updated_at, timestamp '1970-01-01') then least(updated_at, landed_at)
            else landed_at
        end as changed_at
    from compared
    where
        version_number = 1
        or price_amount is distinct from previous_price_amount
        or stock_quantity is distinct from previous_stock_quantity
),

told as (
    select
        *,
        row_number() over (partition by product_id order by version_number) as change_number,
        version_number = max(version_number) over (partition by product_id) as is_latest,
        coalesce(
            price_amount < previous_price_amount and coalesce(currency, '') = coalesce(previous_currency, ''), false
        ) as is_price_drop,
        coalesce(stock_quantity <= 0 and (is_first_known or previous_stock_quantity > 0), false) as is_sold_out,
        coalesce(stock_quantity > 0 and previous_stock_quantity <= 0, false) as is_back_in_stock
    from dated
)

select
    product_id,
    change_number,
    changed_at,
    is_first_known,
    is_latest,
    price_amount,
    previous_price_amount,
    currency,
    stock_quantity,
    previous_stock_quantity,
    is_price_drop,
    is_sold_out,
    is_back_in_stock,
    case
        when is_back_in_stock
            then max(case when is_sold_out then changed_at end) over (partition by product_id order by change_number)
    end as sold_out_at
from told
