with

changes as (
    select * from {{ ref('product_changes') }}
),

-- a tenth or more, and it still costs no more than that
fallen as (
    select
        changes.product_id,
        changes.changed_at,
        changes.price_amount,
        changes.previous_price_amount,
        changes.currency,
        row_number() over (partition by changes.product_id order by changes.change_number desc) as place
    from changes
    inner join changes as latest
        on
            changes.product_id = latest.product_id
            and latest.is_latest
            and changes.price_amount >= latest.price_amount
    where
        changes.is_price_drop
        and changes.price_amount <= 0.9 * changes.previous_price_amount
        and {{ is_due('changes.changed_at', for_days=3) }}
),

-- who looked at it or carted it in the two months before
wanted as (
    select
        fallen.*,
        views.profile_id,
        row_number() over (
            partition by views.profile_id
            order by views.carts_count desc, views.last_seen_at desc, fallen.product_id asc
        ) as person_place
    from fallen
    inner join {{ ref('product_views') }} as views
        on
            fallen.product_id = views.product_id
            and {{ plus_days('fallen.changed_at', -60) }} <= views.last_seen_at
            and fallen.changed_at > views.last_seen_at
    where
        fallen.place = 1
        and views.profile_id is not null
        and not {{ has_since(
            ref('order_items'), 'ordered_at', 'views.profile_id', 'views.first_seen_at',
            'later.product_id = views.product_id'
        ) }}
)

-- one a person: what was carted before what was looked at
select
    profile_id,
    changed_at as occurred_at,
    product_id || '|' || cast(changed_at as varchar) as occasion,
    product_id,
    price_amount,
    previous_price_amount,
    currency,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'ticket']) }}
from wanted
where person_place = 1
