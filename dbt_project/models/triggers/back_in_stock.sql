with

-- back after a day or more: what is gone for an hour was hardly missed
returned as (
    select
        product_id,
        changed_at,
        sold_out_at,
        row_number() over (partition by product_id order by change_number desc) as place
    from {{ ref('product_changes') }}
    where
        is_back_in_stock
        and sold_out_at <= {{ plus_days('changed_at', -1) }}
        and {{ is_due('changed_at', for_days=3) }}
),

-- who looked at it or carted it in the month before it went, or found it gone
wanted as (
    select
        views.profile_id,
        returned.product_id,
        returned.changed_at,
        max(views.last_seen_at) as seen_at,
        max(case when views.last_seen_at >= returned.sold_out_at then 1 else 0 end) as has_found_it_gone
    from returned
    inner join {{ ref('product_views') }} as views
        on
            returned.product_id = views.product_id
            and {{ plus_days('returned.sold_out_at', -30) }} <= views.last_seen_at
            and returned.changed_at > views.last_seen_at
    where returned.place = 1 and views.profile_id is not null
    group by views.profile_id, returned.product_id, returned.changed_at
),

-- and did not buy it since; of several, what was found gone before what was looked at while it was there
chosen as (
    select
        *,
        row_number() over (
            partition by profile_id
            order by has_found_it_gone desc, seen_at desc, product_id asc
        ) as place
    from wanted
    where not {{ has_since(
        ref('order_items'), 'ordered_at', 'wanted.profile_id', 'wanted.seen_at',
        'later.product_id = wanted.product_id'
    ) }}
)

select
    profile_id,
    changed_at as occurred_at,
    product_id || '|' || cast(changed_at as varchar) as occasion,
    product_id,
    {{ campaign(channel='best', purpose='marketing', voided_by=['order', 'ticket']) }}
from chosen
where place = 1
