-- By hand, in one file as long as the marts are many, in one process and without dbt: what the marts of the same names say, as fast as
-- DuckDB was made to say it. Each statement makes one table; benchmarks/marts.py times them and compares the tables with the marts.
create table by_hand.orders as
select
    order_id, profile_id, ordered_at, status, is_paid, currency, total_amount, net_amount,
    total_amount - tax_amount - shipping_amount as goods_amount, coupon_code, brand,
    case when is_paid and profile_id is not null then row_number() over person end as order_number,
    case when is_paid and profile_id is not null then date_sub('day', lag(ordered_at) over person, ordered_at) end as gap_days
from profiles.profile_orders
window person as (partition by profile_id, is_paid and profile_id is not null order by ordered_at, order_id);

create table by_hand.order_items as
select
    lines.order_line_id, lines.order_id, orders.profile_id, lines.product_id, products.name as product_name, products.category,
    products.brand, lines.quantity, lines.unit_price_amount, lines.line_amount, orders.is_paid, orders.ordered_at
from staging.stg_all__order_lines as lines
join by_hand.orders as orders using (order_id)
left join staging.stg_all__products as products on lines.product_id = products.product_id;

-- a visit by its id; else what happens on a device within half an hour of what was before
create table by_hand.sessions as
with gapped as (
    select *, last_value(started ignore nulls) over (partition by user_pseudo_id order by event_at, event_id) as began
    from (
        select *, case when event_at > lag(event_at) over (partition by user_pseudo_id order by event_at, event_id) + interval 30 minute
            or lag(event_at) over (partition by user_pseudo_id order by event_at, event_id) is null then event_at end as started
        from staging.stg_all__events
        where session_key is null
    )
),
events as (
    select session_key, event_at, event_name, user_pseudo_id, user_id, source, medium, device_category from staging.stg_all__events
    where session_key is not null
    union all
    select user_pseudo_id || '@' || began::varchar, event_at, event_name, user_pseudo_id, user_id, source, medium, device_category from gapped
),
grouped as (
    select session_key, min(user_pseudo_id) as user_pseudo_id,
        max_by(user_id, (event_at, user_id)) filter (where user_id is not null) as user_id,
        min(event_at) as started_at, max(event_at) as ended_at, count(*) as events_count,
        count(*) filter (where event_name = 'view_item') as views_count,
        count(*) filter (where event_name = 'add_to_cart') as carts_count,
        min(event_at) filter (where event_name = 'view_item') as viewed_at,
        list(event_at) filter (where event_name = 'add_to_cart') as carts,
        list(event_at) filter (where event_name = 'begin_checkout') as checkouts,
        max(event_at) filter (where event_name = 'purchase') as last_purchased_at,
        min(device_category) as device_category
    from events
    group by session_key
),
stepped as (
    select *, list_min(list_filter(carts, lambda cart: cart >= viewed_at)) as carted_at from grouped
),
reached as (
    select *, list_min(list_filter(checkouts, lambda checkout: checkout >= carted_at)) as checked_out_at from stepped
)
select
    reached.session_key, reached.user_pseudo_id, coalesce(accounts.profile_id, devices.profile_id) as profile_id,
    reached.started_at, reached.ended_at, reached.events_count, reached.views_count, reached.carts_count, reached.device_category,
    viewed_at is not null as has_viewed, carted_at is not null as has_carted, checked_out_at is not null as has_checked_out,
    coalesce(last_purchased_at >= checked_out_at, false) as has_purchased
from reached
left join identity.identifiers as accounts
    on accounts.identifier_type = 'shop_customer_id' and reached.user_id = accounts.identifier_value
left join identity.device_owners as devices
    on reached.user_pseudo_id = devices.user_pseudo_id and reached.started_at >= devices.from_at and reached.started_at < devices.until_at;

create table by_hand.carts as
with owned as (
    select sessions.profile_id, events.event_at, events.event_name = 'purchase' as buys, events.item_id
    from staging.stg_all__events as events
    join by_hand.sessions as sessions using (session_key)
    where events.event_name in ('add_to_cart', 'purchase') and sessions.profile_id is not null
    union all
    -- visits by a gap: their events by device and time
    select sessions.profile_id, events.event_at, events.event_name = 'purchase', events.item_id
    from staging.stg_all__events as events
    join by_hand.sessions as sessions
        on events.user_pseudo_id = sessions.user_pseudo_id and events.event_at between sessions.started_at and sessions.ended_at
    where events.session_key is null and contains(sessions.session_key, '@')
        and events.event_name in ('add_to_cart', 'purchase') and sessions.profile_id is not null
),
bought as (select profile_id, max(event_at) as last_purchase_event_at from owned where buys group by profile_id)
select
    owned.profile_id, max(event_at) as last_cart_at,
    count(*) filter (where last_purchase_event_at is null or event_at > last_purchase_event_at) as items_count,
    max(last_purchase_event_at) as last_purchase_event_at
from owned left join bought on owned.profile_id = bought.profile_id
where not buys
group by owned.profile_id;

create table by_hand.funnels as
select started_at::date as session_date, coalesce(device_category, 'unknown') as device_category, count(*) as sessions_count,
    count(*) filter (where has_viewed) as view_sessions, count(*) filter (where has_carted) as cart_sessions,
    count(*) filter (where has_checked_out) as checkout_sessions, count(*) filter (where has_purchased) as purchase_sessions
from by_hand.sessions
group by all;

create table by_hand.customer_months as
select profile_id, month, count(*) as orders_count, sum(net_amount) as net_amount, max(ordered_at) as last_order_at
from (select profile_id, date_trunc('month', ordered_at)::date as month, net_amount, ordered_at from by_hand.orders
    where is_paid and profile_id is not null)
group by profile_id, month;

create table by_hand.rfm as
with customers as (
    select profile_id, max(last_order_at) as last_order_at, sum(orders_count)::bigint as orders_count, sum(net_amount) as revenue_amount
    from by_hand.customer_months group by profile_id
),
cuts as (
    select quantile_disc(last_order_at::date, [.2, .4, .6, .8]) as days, quantile_disc(orders_count, [.2, .4, .6, .8]) as orders,
        quantile_disc(revenue_amount, [.2, .4, .6, .8]) as amounts
    from customers
)
select profile_id, last_order_at, orders_count, revenue_amount,
    1 + len(list_filter(days, lambda cut: last_order_at::date > cut))::int as r_score,
    1 + len(list_filter(orders, lambda cut: orders_count > cut))::int as f_score,
    1 + len(list_filter(amounts, lambda cut: revenue_amount > cut))::int as m_score
from customers cross join cuts;

create table by_hand.rfm_history as
with running as (
    select profile_id, month, lead(month) over person as until_month, last_order_at::date as last_order_date,
        sum(orders_count) over person as orders_count, sum(net_amount) over person as revenue_amount
    from by_hand.customer_months window person as (partition by profile_id order by month)
),
months as (select range::date as month from range((select min(month) from running)::timestamp, $as_of + interval 1 day, interval 1 month)),
held as (
    select months.month, profile_id, last_order_date, orders_count, revenue_amount
    from running join months on months.month >= running.month and (until_month is null or months.month < until_month)
),
cuts as (
    select month, quantile_disc(last_order_date, [.2, .4, .6, .8]) as days, quantile_disc(orders_count, [.2, .4, .6, .8]) as orders,
        quantile_disc(revenue_amount, [.2, .4, .6, .8]) as amounts
    from held group by month
)
select held.month, profile_id,
    1 + (last_order_date > days[1])::int + (last_order_date > days[2])::int + (last_order_date > days[3])::int
    + (last_order_date > days[4])::int as r_score,
    1 + (orders_count > orders[1])::int + (orders_count > orders[2])::int + (orders_count > orders[3])::int
    + (orders_count > orders[4])::int as f_score,
    1 + (revenue_amount > amounts[1])::int + (revenue_amount > amounts[2])::int + (revenue_amount > amounts[3])::int
    + (revenue_amount > amounts[4])::int as m_score
from held join cuts using (month);

create table by_hand.customer_metrics as
with orders as (
    select profile_id, count(*) as orders_count, min(ordered_at) as first_order_at, max(ordered_at) as last_order_at,
        coalesce(sum(net_amount), 0) as revenue_amount, coalesce(sum(total_amount), 0) as paid_amount,
        median(gap_days) as median_gap_days, count(coupon_code) as coupon_orders_count
    from by_hand.orders
    where is_paid and profile_id is not null
    group by profile_id
),
products as (
    select profile_id, category, product_id, sum(quantity) as units, sum(line_amount) as amount
    from by_hand.order_items where is_paid and profile_id is not null group by all
),
categories as (
    select profile_id, category, count(product_id) as products, sum(units) as units, sum(amount) as amount from products group by all
),
items as (
    select profile_id, sum(units)::bigint as units_count, sum(products)::bigint as products_count, count(category) as categories_count,
        max_by(category, (amount, category)) filter (where category is not null) as main_category
    from categories group by profile_id
)
select orders.profile_id, orders_count, first_order_at, last_order_at, revenue_amount, paid_amount, coupon_orders_count, median_gap_days,
    coalesce(units_count, 0) as units_count, coalesce(products_count, 0) as products_count,
    coalesce(categories_count, 0) as categories_count, main_category
from orders left join items on orders.profile_id = items.profile_id;

create table by_hand.acquisitions as
with firsts as (select profile_id, order_id, ordered_at, coupon_code from by_hand.orders where order_number = 1),
amounts as (
    select items.profile_id, category, sum(line_amount) as amount
    from by_hand.order_items as items join firsts on items.order_id = firsts.order_id
    where category is not null group by all
),
categories as (select profile_id, max_by(category, (amount, category)) as category from amounts group by profile_id)
select firsts.profile_id, ordered_at as first_order_at, date_trunc('month', ordered_at)::date as cohort_month,
    coalesce(coupon_code, 'none') as promotion, coalesce(category, 'unknown') as category
from firsts left join categories on firsts.profile_id = categories.profile_id;
