-- By hand, in one file because all features rest on the same few inputs: what was known of every customer at the instant of the run, of a
-- sample of them at eighteen earlier ones with what came of it, and what recommendations, rhythms and hours are reckoned from.
create table features.horizons as
select $as_of as as_of, least(180, greatest(60, coalesce(quantile_cont(gap_days, 0.8), 180)))::integer as horizon_days, count(gap_days) as gaps_count
from marts.orders where gap_days is not null;

create macro share_drawn(profile_id) as ('0x' || substr(md5(profile_id), 1, 8))::bigint % 100;

create table work.days_seen as
select 'visited' as part, event_at::date as seen_on, min(ingested_at) as known_at from staging.stg_all__events group by seen_on
union all
select 'written', occurred_at::date as seen_on, min(ingested_at) from profiles.profile_engagements
where channel = 'email' and status in ('sent', 'delivered') group by seen_on
union all
select 'served', opened_at::date as seen_on, min(ingested_at) from profiles.profile_tickets group by seen_on;

-- the instants, each with until when a row must have been landed
create table work.now_asked as select $as_of as as_of, $as_of as landed_by;

create table work.then_asked as
select timestamp '1970-01-01' + to_days((number * 30)::integer) as as_of, as_of - interval 1 microsecond as landed_by
from (select floor(date_sub('day', timestamp '1970-01-01', $as_of - interval 1 minute) / 30.0)::integer - range as number from range(18));

create view work.paid_orders as from marts.orders where is_paid and profile_id is not null;

create view work.paid_items as from marts.order_items where is_paid and profile_id is not null;

create table work.sampled as
select profile_id from marts.orders where is_first order by md5_number(profile_id) limit 50000;

create table work.sampled_orders as from work.paid_orders semi join work.sampled using (profile_id);

create table work.sampled_items as from work.paid_items semi join work.sampled using (profile_id);

create table work.sampled_events as
select session_key, user_id, user_pseudo_id, event_at, event_name, ingested_at from staging.stg_all__events
where user_id in (select record_id from work.people semi join work.sampled using (profile_id) where record_type = 'shop_customer_id')
    or user_pseudo_id in (select user_pseudo_id from identity.device_owners semi join work.sampled using (profile_id));

create table work.sampled_engagements as from profiles.profile_engagements semi join work.sampled using (profile_id);

create table work.sampled_tickets as from profiles.profile_tickets semi join work.sampled using (profile_id);

create macro features_at(asked, orders, items, events, engagements, tickets) as table
with origins as (from query_table(asked)),
ordered as (
    select as_of, profile_id, min(ordered_at) as first_order_at, max(ordered_at) as last_order_at, count(*) as orders_count,
        list_sort(list(floor(epoch_us(ordered_at) / 86400000000)::integer)) as days,
        count(*) filter (where ordered_at >= as_of - interval 30 day) as orders_30d,
        count(*) filter (where ordered_at >= as_of - interval 90 day) as orders_90d,
        count(*) filter (where ordered_at >= as_of - interval 180 day) as orders_180d,
        count(*) filter (where ordered_at >= as_of - interval 365 day) as orders_365d, coalesce(sum(total_amount), 0) as paid_amount,
        coalesce(sum(total_amount) filter (where ordered_at >= as_of - interval 90 day), 0) as paid_90d_amount,
        coalesce(sum(total_amount) filter (where ordered_at >= as_of - interval 365 day), 0) as paid_365d_amount,
        arg_max(total_amount, epoch_us(ordered_at)::hugeint * 18446744073709551616 + hash(total_amount)) filter (where total_amount is not null)
            as last_order_amount,
        coalesce(sum(discount_amount), 0) as discount_amount, count(*) filter (where discount_amount > 0) as discount_orders_count
    from query_table(orders) join origins on ordered_at < as_of and ingested_at <= landed_by
    group by as_of, profile_id
),
refunds as (
    select order_id, refunded_at as happened_at, ingested_at, amount, null::decimal(18, 4) as units from staging.stg_all__refunds
    union all
    select order_id, updated_at, ingested_at, null, quantity from staging.stg_all__refund_lines
),
given_back as (
    select as_of, landed_by, orders.order_id, any_value(profile_id) as profile_id, any_value(exchange_rate) as exchange_rate,
        any_value(ordered_at) as ordered_at, coalesce(sum(amount), 0) as order_amount, sum(units) as units_back,
        order_amount >= any_value(order_total_amount) as is_refunded
    from query_table(orders) as orders
    join refunds using (order_id)
    join origins on ordered_at < as_of and orders.ingested_at <= landed_by and happened_at < as_of and refunds.ingested_at <= landed_by
    group by as_of, landed_by, orders.order_id
),
pieces as (
    select as_of, order_id, sum(quantity) as units
    from marts.order_items as items join given_back using (order_id)
    where items.ordered_at < as_of and items.ingested_at <= landed_by
    group by as_of, order_id
),
returned as (
    select as_of, profile_id, sum(converted) as refunded_amount,
        sum(converted) filter (where ordered_at >= as_of - interval 90 day) as refunded_90d_amount,
        sum(converted) filter (where ordered_at >= as_of - interval 365 day) as refunded_365d_amount,
        sum(case when units_back is not null then least(units, units_back) when is_refunded then units end) as returned_units
    from (
        select *, case when exchange_rate = 1 then order_amount else (order_amount * exchange_rate)::decimal(18, 4) end as converted
        from given_back left join pieces using (as_of, order_id)
    )
    group by as_of, profile_id
),
products as (
    select as_of, profile_id, product_id, category, sum(quantity) as units
    from query_table(items) join origins on ordered_at < as_of and ingested_at <= landed_by
    group by all
),
assorted as (
    select as_of, profile_id, sum(units) as units_count, count(product_id) as product_count, count(distinct category) as category_count
    from products group by as_of, profile_id
),
visits as (
    select as_of, coalesce(session_key, date_trunc('hour', event_at)::varchar) as visit, user_id, user_pseudo_id, min(event_at) as began_at,
        max(event_at) as last_event_at, max(event_at) filter (where event_name = 'add_to_cart') as last_cart_at,
        max(event_at) >= as_of - interval 7 day as is_7d, max(event_at) >= as_of - interval 30 day as is_30d,
        count(*) filter (where event_name = 'view_item' and event_at >= as_of - interval 30 day) as views_30d,
        count(*) filter (where event_name = 'add_to_cart' and event_at >= as_of - interval 7 day) as carts_7d,
        count(*) filter (where event_name = 'add_to_cart' and event_at >= as_of - interval 30 day) as carts_30d
    from query_table(events) join origins on event_at < as_of and event_at >= as_of - interval 365 day and ingested_at <= landed_by
    group by as_of, visit, user_id, user_pseudo_id
),
owned as (
    select as_of, visit, coalesce(account.profile_id, device.profile_id) as profile_id, max(last_event_at) as last_event_at,
        max(last_cart_at) as last_cart_at, max(is_7d::int) as is_7d, max(is_30d::int) as is_30d, sum(views_30d) as views_30d,
        sum(carts_7d) as carts_7d, sum(carts_30d) as carts_30d
    from visits
    left join work.people as account on record_type = 'shop_customer_id' and user_id = record_id
    left join identity.device_owners as device
        on visits.user_pseudo_id = device.user_pseudo_id and began_at >= from_at and began_at < until_at and known_at < as_of
    where coalesce(account.profile_id, device.profile_id) is not null
    group by all
),
visited as (
    select as_of, profile_id, max(last_event_at) as last_event_at, max(last_cart_at) as last_cart_at, sum(is_7d) as sessions_7d,
        sum(is_30d) as sessions_30d, sum(views_30d) as views_30d, sum(carts_7d) as carts_7d, sum(carts_30d) as carts_30d
    from owned group by as_of, profile_id
),
messages as (
    select as_of, profile_id, coalesce(message_id, event_id) as message, max(occurred_at) filter (where status = 'clicked') as last_click_at,
        bool_or(status in ('sent', 'delivered') and occurred_at >= as_of - interval 90 day) as is_sent,
        bool_or(status = 'opened' and occurred_at >= as_of - interval 90 day) as is_opened,
        bool_or(status = 'clicked' and occurred_at >= as_of - interval 90 day) as is_clicked
    from query_table(engagements)
    join origins on occurred_at < as_of and ingested_at <= landed_by and occurred_at >= as_of - interval 365 day
    where channel = 'email' and profile_id is not null and status in ('sent', 'delivered', 'opened', 'clicked') and not is_machine
    group by all
),
written as (
    select as_of, profile_id, max(last_click_at) as last_click_at, count(*) filter (where is_sent) as emails_90d,
        count(*) filter (where is_opened) as email_opens_90d, count(*) filter (where is_clicked) as email_clicks_90d
    from messages group by as_of, profile_id
),
served as (
    select as_of, profile_id, max(opened_at) as last_ticket_at,
        count(*) filter (where opened_at >= as_of - interval 180 day) as tickets_180d,
        count(*) filter (where is_complaint and opened_at >= as_of - interval 180 day) as complaints_180d
    from query_table(tickets) join origins on opened_at < as_of and ingested_at <= landed_by and opened_at >= as_of - interval 365 day
    where profile_id is not null
    group by as_of, profile_id
),
watched as (
    select as_of, coalesce(bool_or(part = 'visited' and seen_on < (as_of - interval 30 day)::date), false) as has_visited,
        coalesce(bool_or(part = 'written' and seen_on < (as_of - interval 90 day)::date), false) as has_written,
        coalesce(bool_or(part = 'served' and seen_on < (as_of - interval 180 day)::date), false) as has_served
    from origins
    left join work.days_seen on seen_on >= (as_of - interval 365 day)::date and seen_on < as_of::date and known_at <= landed_by
    group by as_of
),
measured as (
    select ordered.*, paid_amount::double as gross, coalesce(refunded_amount, 0)::double as refunded,
        (paid_90d_amount - coalesce(refunded_90d_amount, 0))::double as revenue_90d_amount,
        (paid_365d_amount - coalesce(refunded_365d_amount, 0))::double as revenue_365d_amount,
        nullif(units_count::double, 0) as units, coalesce(returned_units, 0)::double as units_back,
        list_unique(days)::bigint as order_days_count, days[-1] - days[1] as span, list_unique(days)::bigint - 1 as gaps,
        coalesce(list_sum(list_transform(list_zip(days[2:], days[:-2]), lambda pair: (pair[1] - pair[2])::bigint * (pair[1] - pair[2]))), 0)
            as squares,
        date_sub('day', last_order_at, as_of) as recency_days, date_sub('day', first_order_at, as_of) as tenure_days,
        date_sub('day', first_order_at, last_order_at) / nullif((orders_count - 1)::double, 0) as mean_gap_days,
        product_count, category_count, has_visited, has_written, has_served, last_event_at, last_cart_at, sessions_7d, sessions_30d,
        views_30d, carts_7d, carts_30d, last_click_at, emails_90d, email_opens_90d, email_clicks_90d, last_ticket_at, tickets_180d,
        complaints_180d
    from ordered
    left join returned using (as_of, profile_id)
    left join assorted using (as_of, profile_id)
    left join visited using (as_of, profile_id)
    left join written using (as_of, profile_id)
    left join served using (as_of, profile_id)
    left join watched using (as_of)
)
select as_of, profile_id, recency_days, tenure_days, orders_count, order_days_count, orders_30d, orders_90d, orders_180d, orders_365d,
    gross - refunded as revenue_amount, revenue_90d_amount, revenue_365d_amount, gross / orders_count as avg_order_amount,
    last_order_amount::double as last_order_amount, mean_gap_days,
    days[-1] - list_max(list_filter(days, lambda day: day < days[-1])) as last_gap_days,
    case when gaps >= 2 then sqrt(greatest(0, squares - span * span / gaps::double) / (gaps - 1)) end as gap_sd_days,
    recency_days / nullif(mean_gap_days, 0) as gap_ratio,
    discount_amount::double / nullif(gross + discount_amount::double, 0) as discount_share,
    discount_orders_count / orders_count::double as discount_orders_share, refunded / nullif(gross, 0) as refund_share,
    units_back / units as returned_share, units / orders_count as units_per_order, nullif(product_count, 0) as product_count,
    nullif(category_count, 0) as category_count, case when has_visited then coalesce(sessions_7d, 0) end as sessions_7d,
    case when has_visited then coalesce(sessions_30d, 0) end as sessions_30d, case when has_visited then coalesce(views_30d, 0) end as views_30d,
    case when has_visited then coalesce(carts_7d, 0) end as carts_7d, case when has_visited then coalesce(carts_30d, 0) end as carts_30d,
    case when has_written then coalesce(emails_90d, 0) end as emails_90d,
    case when has_written then coalesce(email_opens_90d, 0) end as email_opens_90d,
    case when has_written then coalesce(email_clicks_90d, 0) end as email_clicks_90d,
    case when has_served then coalesce(tickets_180d, 0) end as tickets_180d,
    case when has_served then coalesce(complaints_180d, 0) end as complaints_180d,
    case when has_visited then date_sub('day', last_event_at, as_of) end as days_since_session,
    case when has_visited then date_sub('day', last_cart_at, as_of) end as days_since_cart,
    case when has_written then date_sub('day', last_click_at, as_of) end as days_since_email_click,
    case when has_served then date_sub('day', last_ticket_at, as_of) end as days_since_ticket
from measured;

create table features.customer_features as
select horizon_days, features.*
from features_at('work.now_asked', 'work.paid_orders', 'work.paid_items', 'staging.stg_all__events', 'profiles.profile_engagements',
    'profiles.profile_tickets') as features
cross join (select horizon_days from features.horizons);

create table features.training_snapshots as
with snapshots as (
    from features_at('work.then_asked', 'work.sampled_orders', 'work.sampled_items', 'work.sampled_events', 'work.sampled_engagements',
        'work.sampled_tickets')
),
outcomes as (
    select snapshots.as_of, snapshots.profile_id, min(ordered_at) as next_order_at,
        count(*) filter (where ordered_at < snapshots.as_of + interval 90 day) as next_90d_orders_count,
        sum(net_amount) filter (where ordered_at < snapshots.as_of + interval 90 day) as revenue
    from snapshots join work.sampled_orders as orders
        on snapshots.profile_id = orders.profile_id and ordered_at >= snapshots.as_of and ordered_at < $as_of
    group by all
)
select horizon_days, snapshots.*, next_order_at, coalesce(next_90d_orders_count, 0) as next_90d_orders_count,
    coalesce(revenue, 0)::double as next_90d_revenue_amount
from snapshots cross join (select horizon_days from features.horizons) left join outcomes using (as_of, profile_id);

-- at an earlier instant of so many buyers only that many are looked at
create macro drawn_pct() as (
    select least(100, greatest(1, 100 * 20000 / greatest(1, count(distinct profile_id)))) from marts.orders where profile_id is not null
);

create table features.item_purchases as
with origins as (
    select $as_of as as_of, 100.0 as pct union all select $as_of - interval 30 day, drawn_pct()
),
items as (
    select as_of, profile_id, product_id, order_id, order_line_id, ordered_at
    from work.paid_items join origins on ordered_at < as_of and ingested_at <= as_of and (pct >= 100 or share_drawn(profile_id) < pct)
    where product_id is not null
),
bought as (select distinct as_of, profile_id, product_id, order_id, ordered_at from items),
paced as (
    select as_of, profile_id, greatest(1, least(7, coalesce(
        0.5 * date_sub('day', min(ordered_at), max(ordered_at)) / nullif(count(distinct ordered_at::date) - 1, 0), 7))) as just_bought_days
    from bought group by as_of, profile_id
),
counted as (
    select as_of, profile_id, product_id, count(*) as purchases_count, min(ordered_at) as first_bought_at, max(ordered_at) as last_bought_at,
        sum(power(0.5, date_sub('day', ordered_at, as_of) / 180.0)::decimal(18, 9))::double as weight
    from bought group by as_of, profile_id, product_id
),
refund_lines as (
    select as_of, order_id, order_line_id, product_id, updated_at
    from staging.stg_all__refund_lines join origins on updated_at < as_of and ingested_at <= as_of
),
refunded as (
    select as_of, order_id, sum(amount) as amount, max(refunded_at) as refunded_at
    from staging.stg_all__refunds join origins on refunded_at < as_of and ingested_at <= as_of
    anti join refund_lines using (as_of, order_id)
    group by as_of, order_id
),
came_back as (
    select items.as_of, profile_id, items.product_id, updated_at as returned_at
    from items join refund_lines using (as_of, order_id)
    where coalesce(refund_lines.order_line_id = items.order_line_id, refund_lines.product_id = items.product_id)
    union all
    select items.as_of, items.profile_id, product_id, refunded.refunded_at
    from items join refunded using (as_of, order_id)
    join marts.orders as orders on refunded.order_id = orders.order_id and refunded.as_of >= orders.ingested_at
    where amount >= order_total_amount
),
returned as (select as_of, profile_id, product_id, max(returned_at) as last_returned_at from came_back group by all)
select as_of, profile_id, product_id, purchases_count, first_bought_at, last_bought_at,
    date_sub('day', last_bought_at, as_of) < just_bought_days as is_just_bought, last_returned_at, weight
from counted join paced using (as_of, profile_id) left join returned using (as_of, profile_id, product_id);

create table features.order_rhythms as
with origins as (
    select $as_of as as_of, 100.0 as pct union all select $as_of - interval 180 day, drawn_pct()
),
order_days as (
    select distinct as_of, profile_id, ordered_at::date as order_date
    from work.paid_orders join origins on ordered_at < as_of and ingested_at <= as_of and (pct >= 100 or share_drawn(profile_id) < pct)
),
gaps as (
    select *, date_sub('day', lag(order_date) over (partition by as_of, profile_id order by order_date), order_date) as gap_days
    from order_days
),
outcomes as (
    select as_of, profile_id, min(ordered_at)::date as next_order_on
    from work.paid_orders join origins on ordered_at >= as_of and ordered_at < $as_of group by all
)
select as_of, profile_id, max(order_date) as last_order_on, date_sub('day', max(order_date), as_of::date) as open_days,
    count(gap_days) as gaps_count, coalesce(sum(gap_days), 0) as gaps_days,
    coalesce(sum(ln(gap_days)::decimal(18, 9)), 0)::double as gaps_log_sum, any_value(next_order_on) as next_order_on
from gaps left join outcomes using (as_of, profile_id)
group by as_of, profile_id;

create table features.activity_hours as
with origins as (
    select $as_of as as_of, 100.0 as pct union all select $as_of - interval 60 day, drawn_pct()
),
visits as (
    select as_of, session_key, user_id, user_pseudo_id, min(event_at) as began_at
    from staging.stg_all__events join origins on event_at < as_of and event_at >= as_of - interval 365 day and ingested_at <= as_of
    where session_key is not null
    group by all
),
happened as (
    select as_of, profile_id, 'order' as kind, ordered_at as happened_at
    from work.paid_orders join origins on ordered_at < as_of and ingested_at <= as_of
    union all
    select as_of, profile_id, case status when 'opened' then 'open' else 'click' end as kind, min(occurred_at)
    from profiles.profile_engagements join origins on occurred_at < as_of and ingested_at <= as_of
    where status in ('opened', 'clicked') and not is_machine and profile_id is not null
    group by as_of, profile_id, kind, coalesce(message_id, event_id)
    union all
    select as_of, coalesce(account.profile_id, device.profile_id) as owner, 'visit', min(began_at)
    from visits
    left join work.people as account on record_type = 'shop_customer_id' and user_id = record_id
    left join identity.device_owners as device
        on visits.user_pseudo_id = device.user_pseudo_id and began_at >= from_at and began_at < until_at and as_of > known_at
    where coalesce(account.profile_id, device.profile_id) is not null
    group by as_of, session_key, owner
),
placed as (
    select as_of, profile_id, kind, time_zone, happened_at from happened join profiles.profiles using (profile_id) join origins using (as_of)
    where pct >= 100 or share_drawn(profile_id) < pct
)
select as_of, profile_id, kind, hour(timezone(time_zone, timezone('UTC', happened_at)))::integer as local_hour, count(*) as activities_count,
    local_hour >= 21 or local_hour < 8 as is_quiet
from placed group by all;

create table features.products_on_offer as
with sold as (
    select product_id, max(ordered_at) as last_sold_at from work.paid_items where product_id is not null and ordered_at < $as_of group by product_id
)
select coalesce(listed.product_id, sold.product_id) as product_id, name, category, stock_quantity,
    case when listed.product_id is not null then coalesce(stock_quantity > 0, true)
        when (select count(*) from staging.stg_all__products) > 0 then false
        else last_sold_at >= $as_of - interval 90 day end as is_on_offer
from staging.stg_all__products as listed full join sold on listed.product_id = sold.product_id;
