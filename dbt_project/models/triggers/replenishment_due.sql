with

purchases as (
    select
        profile_id,
        product_id,
        last_bought_at,
        purchases_count - 1 as gaps_count,
        {{ days_between('first_bought_at', 'last_bought_at') }} as gaps_days
    from {{ ref('item_purchases') }}
    -- features are a day's work: between two of their runs those of the last one hold
    where
        as_of = (select max(features.as_of) from {{ ref('item_purchases') }} as features)
        and last_returned_at is null
),

-- how long the product lasts: the middle of its buyers' own gaps, where five at least bought it again
rhythms as (
    select
        product_id,
        {{ median_of('1.0 * gaps_days / nullif(gaps_count, 0)') }} as usual_gap_days,
        1.0 * count(nullif(gaps_count, 0)) / count(*) as again_share
    from purchases
    group by product_id
    having count(nullif(gaps_count, 0)) >= 5
),

-- the person's own gaps, drawn to the product's as if they had had one like it; three days early, to arrive in time
paced as (
    select
        purchases.profile_id,
        purchases.product_id,
        purchases.last_bought_at,
        {{ plus_days(
            'purchases.last_bought_at',
            'cast(round((purchases.gaps_days + rhythms.usual_gap_days) / (purchases.gaps_count + 1)) as integer) - 3'
        ) }} as occurred_at
    from purchases
    inner join rhythms on purchases.product_id = rhythms.product_id
    -- bought once it is due where one in five buys it again: not everything that is bought runs out
    where purchases.gaps_count > 0 or rhythms.again_share >= 0.2
),

due as (
    select
        *,
        row_number() over (partition by profile_id order by occurred_at desc, product_id asc) as place
    from paced
    where {{ is_due('occurred_at', for_days=4) }}
)

-- once for each purchase; of several that run out at a time the latest
select
    due.profile_id,
    due.occurred_at,
    due.product_id || '|' || cast(due.last_bought_at as varchar) as occasion,
    due.product_id,
    cast(due.last_bought_at as date) as last_bought_on,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from due
inner join {{ ref('products_on_offer') }} as products on due.product_id = products.product_id
where due.place = 1 and products.is_on_offer
