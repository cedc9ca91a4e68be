with

views as (
    select * from {{ ref('product_views') }}
    where profile_id is not null and session_date >= cast({{ plus_days(as_of(), -4) }} as date)
),

-- each person's last visit to the products, and what they looked at last in it
visits as (
    select
        profile_id,
        session_key,
        max(last_seen_at) as last_seen_at,
        max(first_seen_at) as last_product_at,
        sum(carts_count) as carts_count,
        row_number() over (partition by profile_id order by max(last_seen_at) desc, session_key asc) as visit_place
    from views
    group by profile_id, session_key
),

looked as (
    select
        visits.profile_id,
        visits.last_seen_at,
        min(views.product_id) as product_id
    from visits
    inner join views
        on
            visits.session_key = views.session_key
            and visits.last_product_at = views.first_seen_at
            and visits.profile_id = views.profile_id
    where visits.visit_place = 1 and visits.carts_count = 0 and views.is_in_catalogue
    group by visits.profile_id, visits.last_seen_at
)

-- two hours after the visit and for two days; of one product once in a calendar month, however often it is looked at;
-- and never of what was bought within a month before, for that look was for something else
select
    profile_id,
    last_seen_at as occurred_at,
    product_id || '|' || cast(cast(date_trunc('month', last_seen_at) as date) as varchar) as occasion,
    product_id,
    {{ campaign(channel='email', purpose='marketing', voided_by=['order', 'return', 'ticket']) }}
from looked
where
    {{ waited('last_seen_at', hours=2) }} <= {{ as_of() }}
    and {{ is_due('last_seen_at', for_days=2) }}
    and not {{ has_since(
        ref('order_items'), 'ordered_at', 'looked.profile_id', plus_days('looked.last_seen_at', -30),
        'later.product_id = looked.product_id'
    ) }}
