with

-- costly is the dearest fifth of what the shop has, by its own prices
priced as (
    select
        product_id,
        percent_rank() over (partition by currency order by price_amount) >= 0.8 as is_costly
    from {{ ref('product_changes') }}
    where is_latest and price_amount is not null
),

visits as (
    select
        views.profile_id,
        views.product_id,
        views.session_key,
        max(views.last_seen_at) as seen_at,
        sum(views.carts_count) as carts_count
    from {{ ref('product_views') }} as views
    inner join priced on views.product_id = priced.product_id
    where
        priced.is_costly
        and views.profile_id is not null
        and views.session_date >= cast({{ plus_days(as_of(), -18) }} as date)
    group by views.profile_id, views.product_id, views.session_key
),

counted as (
    select
        *,
        lag(seen_at, 2) over (partition by profile_id, product_id order by seen_at, session_key) as seen_before_at
    from visits
),

-- a third visit to it within two weeks; of several such items the latest
repeated as (
    select
        *,
        row_number() over (partition by profile_id order by seen_at desc, product_id asc) as place
    from counted
    where
        carts_count = 0
        and seen_before_at >= {{ plus_days('seen_at', -14) }}
        and {{ is_due('seen_at', for_days=2) }}
)

-- two hours after the visit; of one item once in a calendar month
select
    profile_id,
    seen_at as occurred_at,
    product_id || '|' || cast(cast(date_trunc('month', seen_at) as date) as varchar) as occasion,
    product_id,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from repeated
where
    place = 1
    and {{ waited('seen_at', hours=2) }} <= {{ as_of() }}
    and not {{ has_since(
        ref('order_items'), 'ordered_at', 'repeated.profile_id', 'repeated.seen_before_at',
        'later.product_id = repeated.product_id'
    ) }}
