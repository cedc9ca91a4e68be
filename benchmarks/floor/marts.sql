-- By hand, in one file as long as the marts are many, in one process and without dbt: what the marts of the same names say, as fast as
-- DuckDB was made to say it. Each statement makes one table or view; benchmarks/marts.py and benchmarks/floor_build.py time them and
-- compare the tables with the marts.
create temp macro found(text, pattern) as regexp_matches(text, pattern);

-- Google's default channel group; the first rule that fits
create temp macro channel_of(source, medium, campaign) as case
    when source = '(direct)' and medium in ('(none)', '(not set)') then 'Direct'
    when contains(campaign, 'cross-network') then 'Cross-network'
    when (found(source, '(^|[.])(alibaba|aliexpress|amazon|bol|ebay|etsy|google shopping|googleshopping|idealo|igshopping|mercadolibre|rakuten|shopify|shopping|temu|walmart|zalando)([.]|$)')
        or found(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$')) and found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Shopping'
    when found(source, '(^|[.])(aol|ask|baidu|bing|brave|daum|dogpile|duckduckgo|ecosia|google|lycos|msn|naver|qwant|seznam|sogou|startpage|yahoo|yandex)([.]|$)')
        and found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Search'
    when found(source, '(^|[.])(bsky|facebook|fb|flipboard|goodreads|instagram|ig|line|linkedin|lnkd|mastodon|medium|messenger|nextdoor|pinterest|quora|reddit|snapchat|substack|t[.]co|telegram|threads|tumblr|twitter|viber|vk|wechat|weibo|whatsapp|x[.]com|xing|yelp)([.]|$)')
        and found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Social'
    when found(source, '(^|[.])(crunchyroll|dailymotion|disneyplus|hulu|netflix|tiktok|twitch|vimeo|wistia|youku|youtube)([.]|$)')
        and found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Video'
    when medium in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
    when found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') then 'Paid Other'
    when found(source, '(^|[.])(alibaba|aliexpress|amazon|bol|ebay|etsy|google shopping|googleshopping|idealo|igshopping|mercadolibre|rakuten|shopify|shopping|temu|walmart|zalando)([.]|$)')
        or found(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$') then 'Organic Shopping'
    when found(source, '(^|[.])(bsky|facebook|fb|flipboard|goodreads|instagram|ig|line|linkedin|lnkd|mastodon|medium|messenger|nextdoor|pinterest|quora|reddit|snapchat|substack|t[.]co|telegram|threads|tumblr|twitter|viber|vk|wechat|weibo|whatsapp|x[.]com|xing|yelp)([.]|$)')
        or medium in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media') then 'Organic Social'
    when found(source, '(^|[.])(crunchyroll|dailymotion|disneyplus|hulu|netflix|tiktok|twitch|vimeo|wistia|youku|youtube)([.]|$)')
        or contains(medium, 'video') then 'Organic Video'
    when found(source, '(^|[.])(aol|ask|baidu|bing|brave|daum|dogpile|duckduckgo|ecosia|google|lycos|msn|naver|qwant|seznam|sogou|startpage|yahoo|yandex)([.]|$)')
        or medium = 'organic' then 'Organic Search'
    when medium in ('referral', 'app', 'link') then 'Referral'
    when source in ('email', 'e-mail', 'e_mail', 'e mail') or medium in ('email', 'e-mail', 'e_mail', 'e mail') then 'Email'
    when medium = 'affiliate' then 'Affiliates'
    when medium = 'audio' then 'Audio'
    when source = 'sms' or medium = 'sms' then 'SMS'
    when medium like '%push' or contains(medium, 'mobile') or contains(medium, 'notification') or source = 'firebase'
        then 'Mobile Push Notifications'
    else 'Unassigned'
end;

create temp macro at_place(happened_at, what) as epoch_us(happened_at)::hugeint * 18446744073709551616 + hash(what);

create temp macro segment_of(r, f, m) as case
    when r >= 4 and f >= 4 and m >= 4 then 'champions'
    when r = 1 and f >= 4 and m >= 4 then 'cannot_lose'
    when r <= 2 and f >= 3 then 'at_risk'
    when r >= 3 and f >= 4 then 'loyal'
    when r >= 4 and f >= 2 then 'potential_loyalists'
    when r = 5 then 'new_customers'
    when r = 4 then 'promising'
    when r = 3 and f >= 2 then 'need_attention'
    when r = 3 then 'about_to_sleep'
    when r = 2 then 'hibernating'
    else 'lost'
end;

create temp macro score_of(given, cuts) as
    1 + (given > cuts[1])::int + (given > cuts[2])::int + (given > cuts[3])::int + (given > cuts[4])::int;

create temp macro converted(amount, rate) as case when rate = 1 then amount else (amount * rate)::decimal(18, 4) end;

create temp macro faded(weight, happened_on, anchored_on) as
    (weight * power(0.5, greatest(date_sub('day', happened_on, anchored_on), 0) / 90.0))::decimal(18, 9);

create table by_hand.orders as
with counted as (
    select *, is_paid and profile_id is not null as is_counted from profiles.profile_orders
)
select
    order_id, profile_id, ordered_at, ingested_at, status, is_paid, is_refunded, currency, total_amount, tax_amount, shipping_amount,
    (total_amount - tax_amount - shipping_amount)::decimal(18, 4) as goods_amount, discount_amount, refunded_amount, refund_lines_count,
    net_amount, order_currency, order_total_amount, exchange_rate, coupon_code, country_code, brand,
    row_number() over person as order_number, lag(ordered_at) over person as previous_ordered_at,
    date_sub('day', lag(ordered_at) over person, ordered_at) as gap_days, row_number() over person = 1 as is_first
from counted
where is_counted
window person as (partition by profile_id order by ordered_at, order_id)
union all
select
    order_id, profile_id, ordered_at, ingested_at, status, is_paid, is_refunded, currency, total_amount, tax_amount, shipping_amount,
    (total_amount - tax_amount - shipping_amount)::decimal(18, 4), discount_amount, refunded_amount, refund_lines_count, net_amount,
    order_currency, order_total_amount, exchange_rate, coupon_code, country_code, brand, null, null, null, false
from counted
where is_counted is distinct from true;

create table by_hand.order_items as
with guessed as (
    select refund_lines.refund_line_id, any_value(refund_lines.quantity) as quantity, min(lines.order_line_id) as order_line_id
    from staging.stg_all__refund_lines as refund_lines
    join staging.stg_all__order_lines as lines using (order_id, product_id)
    where refund_lines.order_line_id is null
    group by refund_lines.refund_line_id
),
returned as (
    select order_line_id, sum(quantity) as quantity
    from (
        select order_line_id, quantity from staging.stg_all__refund_lines where order_line_id is not null
        union all
        select order_line_id, quantity from guessed
    )
    group by order_line_id
)
select
    lines.order_line_id, lines.order_id, orders.profile_id, lines.product_id, products.name as product_name, products.category,
    products.brand, lines.quantity::decimal(18, 4) as quantity,
    (case when refund_lines_count > 0 then least(lines.quantity, coalesce(returned.quantity, 0))
        when is_refunded then lines.quantity else 0 end)::decimal(18, 4) as returned_quantity,
    case when refund_lines_count > 0 then coalesce(returned.quantity, 0) >= lines.quantity
        when is_refunded then true else lines.quantity <= 0 end as is_returned,
    converted(lines.unit_price_amount, exchange_rate) as unit_price_amount, converted(lines.discount_amount, exchange_rate) as discount_amount,
    converted(lines.line_amount, exchange_rate) as line_amount, orders.currency, orders.is_paid, orders.ordered_at,
    greatest(lines.ingested_at, orders.ingested_at) as ingested_at, lines.ingested_at::date as line_ingested_date
from staging.stg_all__order_lines as lines
join by_hand.orders as orders on lines.order_id = orders.order_id
left join returned on lines.order_line_id = returned.order_line_id
left join staging.stg_all__products as products on lines.product_id = products.product_id;

-- a visit by its id; else what happens on a device within half an hour of what was before
create table by_hand.gapped as
select *, visitor || '@' || began::varchar as visit_key
from (
    select *, last_value(started ignore nulls) over (partition by visitor order by event_at, event_id) as began
    from (
        select *, case when event_at > lag(event_at) over visits + interval 30 minute or lag(event_at) over visits is null
            then event_at end as started
        from (
            select *, coalesce(user_pseudo_id, user_type || ' ' || user_id) as visitor from staging.stg_all__events
            where session_key is null and coalesce(user_pseudo_id, user_id) is not null
        )
        window visits as (partition by visitor order by event_at, event_id)
    )
);

create view by_hand.events as
select session_key, false as is_by_gap, event_id, event_at, event_name, user_pseudo_id, user_id, page_location, page_topic, search_term,
    engagement_msec, item_id, item_name, item_category, item_brand, item_price_amount, device_category, source, medium, campaign, channel,
    brand
from staging.stg_all__events where session_key is not null
union all
select visit_key, true, event_id, event_at, event_name, user_pseudo_id, user_id, page_location, page_topic, search_term,
    engagement_msec, item_id, item_name, item_category, item_brand, item_price_amount, device_category, source, medium, campaign, channel,
    brand
from by_hand.gapped;

create table by_hand.sessions as
with events as (
    select *, case when coalesce(source, medium, channel) is not null
        then concat(source, chr(31), medium, chr(31), campaign, chr(31), channel) end as traffic
    from by_hand.events
),
grouped as (
    select session_key, any_value(is_by_gap) as is_by_gap, min(user_pseudo_id) as user_pseudo_id,
        arg_max(user_id, at_place(event_at, user_id)) filter (where user_id is not null) as user_id,
        min(event_at) as started_at, max(event_at) as ended_at, count(*) as events_count,
        count(*) filter (where event_name in ('page_view', 'screen_view')) as pages_count,
        count(*) filter (where event_name = 'view_item') as views_count,
        count(*) filter (where event_name = 'add_to_cart') as carts_count,
        count(*) filter (where event_name = 'view_search_results') as searches_count,
        sum(engagement_msec)::bigint as engagement_msec,
        min(event_at) filter (where event_name = 'view_item') as viewed_at,
        max(event_at) filter (where event_name = 'view_item') as last_viewed_at,
        max(event_at) filter (where event_name = 'add_to_cart') as last_carted_at,
        list(event_at) filter (where event_name = 'add_to_cart') as carts,
        list(event_at) filter (where event_name = 'begin_checkout') as checkouts,
        max(event_at) filter (where event_name = 'purchase') as last_purchased_at,
        arg_min(traffic, at_place(event_at, traffic)) filter (where traffic is not null) as traffic,
        arg_min(page_location, at_place(event_at, page_location)) filter (where page_location is not null) as landing_page,
        min(device_category) as device_category, min(brand) as brand
    from events
    group by session_key
),
stepped as (
    select *, list_min(list_filter(carts, lambda cart: cart >= viewed_at)) as carted_at from grouped
),
reached as (
    select *, list_min(list_filter(checkouts, lambda checkout: checkout >= carted_at)) as checked_out_at from stepped
),
parts as (
    select traffic, nullif(split_part(traffic, chr(31), 1), '') as source, nullif(split_part(traffic, chr(31), 2), '') as medium,
        nullif(regexp_replace(split_part(traffic, chr(31), 3), '^[(].*[)]$', ''), '') as campaign,
        nullif(split_part(traffic, chr(31), 4), '') as channel
    from (select distinct traffic from grouped)
),
named as (
    select traffic, source, medium, campaign, coalesce(channel, channel_of(
        lower(coalesce(source, '(direct)')), lower(coalesce(medium, '(none)')), lower(coalesce(campaign, '')))) as channel
    from parts
)
select
    session_key, is_by_gap, reached.user_pseudo_id, reached.user_id, coalesce(accounts.profile_id, devices.profile_id) as profile_id, brand,
    started_at::date as session_date, started_at, reached.ended_at, events_count, pages_count, views_count, carts_count, searches_count,
    engagement_msec, coalesce(engagement_msec >= 10000, false) or pages_count >= 2 or last_purchased_at is not null as is_engaged,
    checkouts is not null as has_checkout, last_purchased_at is not null as has_purchase, viewed_at is not null as has_viewed,
    carted_at is not null as has_carted, checked_out_at is not null as has_checked_out,
    coalesce(last_purchased_at >= checked_out_at, false) as has_purchased, last_viewed_at, last_carted_at, last_purchased_at, named.source,
    named.medium, named.campaign, coalesce(named.channel, 'Direct') as channel, device_category,
    split_part(split_part(landing_page, '?', 1), '#', 1) as landing_page
from reached
left join named using (traffic)
left join identity.identifiers as accounts
    on accounts.identifier_type = 'shop_customer_id' and reached.user_id = accounts.identifier_value
left join identity.device_owners as devices
    on reached.user_pseudo_id = devices.user_pseudo_id and reached.started_at >= devices.from_at and reached.started_at < devices.until_at;

create table by_hand.carts as
with owned as (
    select profile_id, event_at, event_name = 'purchase' as buys, item_id, item_name
    from by_hand.events as events
    join by_hand.sessions as sessions using (session_key)
    where event_name in ('add_to_cart', 'purchase') and profile_id is not null
),
bought as (select profile_id, max(event_at) as last_purchase_event_at from owned where buys group by profile_id)
select
    owned.profile_id, max(event_at) as last_cart_at,
    count(*) filter (where last_purchase_event_at is null or event_at > last_purchase_event_at) as items_count,
    arg_max(item_id, (event_at, item_id)) filter (where item_id is not null) as last_item_id,
    arg_max(item_name, (event_at, item_name)) filter (where item_name is not null) as last_item_name,
    max(last_purchase_event_at) as last_purchase_event_at
from owned left join bought on owned.profile_id = bought.profile_id
where not buys
group by owned.profile_id;

create table by_hand.products_seen as
select session_key, item_id as product_id, max(item_name) as item_name, max(item_category) as item_category, max(item_brand) as item_brand,
    max(item_price_amount) as item_price_amount, min(event_at) as first_seen_at, max(event_at) as last_seen_at,
    count(*) filter (where event_name = 'view_item') as views_count, count(*) filter (where event_name = 'add_to_cart') as carts_count
from by_hand.events
where event_name in ('view_item', 'add_to_cart') and item_id is not null
group by session_key, item_id;

create table by_hand.products_placed as
select product_id, name, category, brand,
    case when price_place <= 0.2 then 'lowest' when price_place <= 0.4 then 'low' when price_place <= 0.6 then 'middle'
        when price_place <= 0.8 then 'high' when price_place <= 1 then 'highest' end as price_level
from (
    select *, case when price_amount is not null and category is not null then
        (rank() over (partition by category, currency, price_amount is null order by price_amount) - 1
            + count(*) over (partition by category, currency, price_amount) / 2.0)
        / count(*) over (partition by category, currency, price_amount is null) end as price_place
    from staging.stg_all__products
);

create view by_hand.product_views as
select session_key, profile_id, user_pseudo_id, session_date, product_id, placed.name is not null as is_in_catalogue,
    coalesce(placed.name, item_name) as product_name, coalesce(placed.category, item_category) as category,
    coalesce(placed.brand, item_brand) as brand, price_level, item_price_amount, first_seen_at, last_seen_at, seen.views_count,
    seen.carts_count, channel, device_category
from by_hand.products_seen as seen
join by_hand.sessions as sessions using (session_key)
left join by_hand.products_placed as placed using (product_id);

create table by_hand.searches as
select event_id as search_id, session_key, profile_id, sessions.user_pseudo_id, event_at as searched_at,
    lower(regexp_replace(trim(search_term), ' +', ' ', 'g')) as search_term, sessions.channel, sessions.device_category,
    coalesce(last_viewed_at >= event_at, false) as has_viewed, coalesce(last_carted_at >= event_at, false) as has_carted,
    coalesce(last_purchased_at >= event_at, false) as has_purchased
from by_hand.events as events join by_hand.sessions as sessions using (session_key)
where event_name = 'view_search_results' and trim(search_term) <> '';

create table by_hand.funnels as
with counted as (
    select session_date, channel, coalesce(device_category, 'unknown') as device_category, count(*) as sessions_count,
        count(*) filter (where has_viewed) as view_sessions, count(*) filter (where has_carted) as cart_sessions,
        count(*) filter (where has_checked_out) as checkout_sessions, count(*) filter (where has_purchased) as purchase_sessions
    from by_hand.sessions
    group by all
)
select *, view_sessions / sessions_count as view_share, cart_sessions / nullif(view_sessions, 0) as view_to_cart_share,
    checkout_sessions / nullif(cart_sessions, 0) as cart_to_checkout_share,
    purchase_sessions / nullif(checkout_sessions, 0) as checkout_to_purchase_share, purchase_sessions / sessions_count as purchase_share,
    sessions_count - view_sessions as lost_before_view_sessions, view_sessions - cart_sessions as lost_before_cart_sessions,
    cart_sessions - checkout_sessions as lost_before_checkout_sessions, checkout_sessions - purchase_sessions as lost_before_purchase_sessions
from counted;

create table by_hand.customer_months as
select profile_id, month, count(*) as orders_count, sum(net_amount) as net_amount, max(ordered_at) as last_order_at
from (select profile_id, date_trunc('month', ordered_at)::date as month, net_amount, ordered_at from by_hand.orders
    where is_paid and profile_id is not null)
group by profile_id, month;

create table by_hand.rfm as
with customers as (
    select profile_id, max(last_order_at) as last_order_at, sum(orders_count)::bigint as orders_count,
        coalesce(sum(net_amount), 0)::decimal(18, 4) as revenue_amount
    from by_hand.customer_months group by profile_id
),
cuts as (
    select quantile_disc(last_order_at::date, [.2, .4, .6, .8]) as days, quantile_disc(orders_count, [.2, .4, .6, .8]) as orders,
        quantile_disc(revenue_amount, [.2, .4, .6, .8]) as amounts
    from customers
),
scored as (
    select profile_id, last_order_at, orders_count, revenue_amount, score_of(last_order_at::date, days) as r_score,
        score_of(orders_count, orders) as f_score, score_of(revenue_amount, amounts) as m_score
    from customers cross join cuts
)
select *, $as_of as as_of, concat(r_score, f_score, m_score) as rfm_score, segment_of(r_score, f_score, m_score) as segment from scored;

create table by_hand.rfm_history as
with running as (
    select profile_id, month, lead(month) over person as until_month, last_order_at::date as last_order_date,
        lag(last_order_at) over person::date as previous_date, (sum(orders_count) over person)::bigint as orders_count,
        (sum(coalesce(net_amount, 0)) over person)::decimal(18, 4) as revenue_amount, orders_count as of_month,
        coalesce(net_amount, 0) as amount_of_month
    from by_hand.customer_months window person as (partition by profile_id order by month)
),
months as (select range::date as month from range((select min(month) from running)::timestamp, $as_of + interval 1 microsecond, interval 1 month)),
held as (
    select months.month, profile_id, last_order_date, orders_count, revenue_amount,
        case when running.month < months.month then last_order_date else previous_date end as previous_date,
        case when running.month < months.month then orders_count when previous_date is not null then orders_count - of_month end
            as previous_orders,
        case when running.month < months.month then revenue_amount when previous_date is not null then revenue_amount - amount_of_month end
            as previous_amount
    from running join months on months.month >= running.month and (until_month is null or months.month < until_month)
),
cuts as (
    select month, quantile_disc(last_order_date, [.2, .4, .6, .8]) as days, quantile_disc(orders_count, [.2, .4, .6, .8]) as orders,
        quantile_disc(revenue_amount, [.2, .4, .6, .8]) as amounts
    from held group by month
),
scored as (
    select held.month, profile_id, score_of(last_order_date, cuts.days) as r_score, score_of(orders_count, cuts.orders) as f_score,
        score_of(revenue_amount, cuts.amounts) as m_score, score_of(previous_date, earlier.days) as previous_r,
        score_of(previous_orders, earlier.orders) as previous_f, score_of(previous_amount, earlier.amounts) as previous_m
    from held join cuts on held.month = cuts.month left join cuts as earlier on held.month = earlier.month + interval 1 month
)
select month, profile_id, r_score, f_score, m_score, segment_of(r_score, f_score, m_score) as segment,
    case when previous_r is null then 'none' else segment_of(previous_r, previous_f, previous_m) end as previous_segment
from scored;

create table by_hand.customer_metrics as
with ordered as (
    select profile_id, count(*) as orders_count, min(ordered_at) as first_order_at, max(ordered_at) as last_order_at,
        max(currency) as currency, coalesce(sum(net_amount), 0) as revenue_amount, coalesce(sum(total_amount), 0) as paid_amount,
        coalesce(sum(refunded_amount), 0) as refunded_amount, coalesce(sum(discount_amount), 0) as discount_amount,
        count(total_amount) as amounts_count, avg(gap_days) as mean_gap_days, median(gap_days) as median_gap_days,
        arg_max(gap_days, order_number) filter (where gap_days is not null) as last_gap_days, count(coupon_code) as coupon_orders_count,
        count(*) filter (where refunded_amount > 0) as refunded_orders_count
    from by_hand.orders
    where is_paid and profile_id is not null
    group by profile_id
),
products as (
    select profile_id, category, product_id, sum(quantity) as units, sum(returned_quantity) as returned, sum(line_amount) as amount
    from by_hand.order_items where is_paid and profile_id is not null group by all
),
categories as (
    select profile_id, category, count(product_id) as products, sum(units) as units, sum(returned) as returned,
        coalesce(sum(amount), 0) as amount
    from products group by all
),
items as (
    select profile_id, sum(units) as units_count, sum(returned) as returned_count, sum(products)::bigint as products_count,
        count(category) as categories_count, arg_max(category, (amount, category)) filter (where category is not null) as main_category
    from categories group by profile_id
),
asked as (
    select profile_id, count(*) as nps_answers_count, arg_max(score, (answered_at, score)) filter (where score is not null) as last_nps_score
    from profiles.profile_surveys where kind = 'nps' group by profile_id
),
served as (
    select profile_id, count(*) as tickets_count, count(*) filter (where is_complaint) as complaints_count
    from profiles.profile_tickets group by profile_id
)
select profile_id, orders_count, first_order_at, last_order_at, currency, revenue_amount, paid_amount, refunded_amount, discount_amount,
    (paid_amount / nullif(amounts_count, 0))::decimal(18, 4) as average_order_amount,
    (discount_amount / nullif(paid_amount + discount_amount, 0))::double as discount_share,
    (refunded_amount / nullif(paid_amount, 0))::double as return_rate, returned_count::double / nullif(units_count, 0) as unit_return_rate,
    mean_gap_days, median_gap_days, last_gap_days, coupon_orders_count, refunded_orders_count,
    coalesce(units_count, 0)::bigint as units_count, coalesce(returned_count, 0)::bigint as returned_units_count,
    coalesce(products_count, 0) as products_count, coalesce(categories_count, 0) as categories_count, main_category,
    coalesce(nps_answers_count, 0) as nps_answers_count, last_nps_score, coalesce(tickets_count, 0) as tickets_count,
    coalesce(complaints_count, 0) as complaints_count
from ordered left join items using (profile_id) left join asked using (profile_id) left join served using (profile_id);

create table by_hand.customer_visits as
select profile_id, count(*) as visits_count,
    min(started_at) filter (where views_count > 0 or carts_count > 0 or has_checkout or has_purchase) as first_considered_at,
    arg_max(channel, (started_at, channel)) filter (where ordered_at between started_at - interval 5 minute and ended_at + interval 30 minute)
        as order_channel,
    arg_max(coalesce(campaign, 'none'), (started_at, coalesce(campaign, 'none')))
        filter (where ordered_at between started_at - interval 5 minute and ended_at + interval 30 minute) as order_campaign,
    arg_min(channel, (started_at, channel)) filter (where ordered_at >= started_at) as first_channel,
    arg_min(coalesce(campaign, 'none'), (started_at, coalesce(campaign, 'none'))) filter (where ordered_at >= started_at) as first_campaign
from by_hand.sessions
left join (select profile_id, ordered_at from by_hand.orders where is_first) as firsts using (profile_id)
where profile_id is not null
group by profile_id;

create table by_hand.acquisitions as
with firsts as (select profile_id, order_id, ordered_at, coupon_code from by_hand.orders where is_first),
amounts as (
    select items.profile_id, category, coalesce(sum(line_amount), 0) as amount
    from by_hand.order_items as items join firsts on items.order_id = firsts.order_id
    where category is not null group by all
),
categories as (select profile_id, arg_max(category, (amount, category)) as category from amounts group by profile_id)
select profile_id, order_id, ordered_at as first_order_at, date_trunc('month', ordered_at)::date as cohort_month,
    coalesce(order_channel, first_channel, 'unknown') as source, coalesce(order_campaign, first_campaign, 'unknown') as campaign,
    coalesce(coupon_code, 'none') as promotion, coalesce(category, 'unknown') as category
from firsts left join by_hand.customer_visits as visits using (profile_id) left join categories using (profile_id);

-- stages by the pace of each person: the state after the last purchase, and since when they are active
create table by_hand.customer_stages as
with purchases as (
    select profile_id, min(ordered_at) as ordered_at from by_hand.orders
    where is_paid and not is_refunded and profile_id is not null
    group by profile_id, ordered_at::date
),
gauged as (
    select profile_id, ordered_at, row_number() over person as number,
        least(180, greatest(7, (120 + date_sub('day', first_value(ordered_at) over person, ordered_at))
            / (2 + row_number() over person - 1)::double)) as gap
    from purchases window person as (partition by profile_id order by ordered_at)
),
paced as (
    select *, greatest(round(gap)::int, 7) as settled, greatest(round(1.5 * gap)::int, settled + 7) as cooled,
        greatest(round(2.5 * gap)::int, cooled + 7) as risked, greatest(round(4 * gap)::int, risked + 7) as lapsed
    from gauged
),
scheduled as (
    select profile_id, ordered_at, number, gap, ordered_at + to_days(settled) as settles_at, ordered_at + to_days(cooled) as cools_at,
        ordered_at + to_days(risked) as at_risk_at, ordered_at + to_days(lapsed) as lapses_at
    from paced
),
met as (
    select *, lead(ordered_at) over person as next_at,
        case when number = 1 then 'lead'
            when lag(lapses_at) over person < ordered_at then 'lapsed'
            when lag(at_risk_at) over person < ordered_at then 'at_risk'
            when lag(cools_at) over person < ordered_at then 'cooling'
            when number = 2 then 'new'
            when lag(ordered_at) over person > lag(at_risk_at, 2) over person and lag(settles_at) over person >= ordered_at then 'won_back'
            else 'active' end as stage_before
    from scheduled window person as (partition by profile_id order by ordered_at)
),
staged as (
    select *, case when stage_before = 'lead' then 'new' when stage_before in ('at_risk', 'lapsed') then 'won_back' else 'active' end as stage,
        case when stage = 'active' and stage_before <> 'active' then ordered_at
            when stage = 'won_back' and (next_at is null or settles_at < next_at) then settles_at end as active_since_at,
        case when stage = 'won_back' then 'won_back' else stage_before end as before_active
    from met
)
select profile_id, count(*) as purchases_count, max(ordered_at) as last_order_at, any_value(gap) filter (where next_at is null) as gap,
    any_value(stage) filter (where next_at is null) as stage, any_value(stage_before) filter (where next_at is null) as stage_before,
    max(active_since_at) as active_since_at,
    arg_max(before_active, (active_since_at, before_active)) filter (where active_since_at is not null) as before_active,
    any_value(settles_at) filter (where next_at is null) as settles_at, any_value(cools_at) filter (where next_at is null) as cools_at,
    any_value(at_risk_at) filter (where next_at is null) as at_risk_at, any_value(lapses_at) filter (where next_at is null) as lapses_at
from staged group by profile_id;

create table by_hand.lifecycle as
with held as (
    select profile_id, coalesce(signed_up_at, profiles.first_seen_at) as known_since_at, stages.* exclude (profile_id),
        visits_count, first_considered_at,
        case when lapses_at <= $as_of then 'lapsed' when at_risk_at <= $as_of then 'at_risk' when cools_at <= $as_of then 'cooling'
            when stage = 'won_back' and settles_at <= $as_of then 'active' else coalesce(stage, 'lead') end as stage_now
    from profiles.profiles
    left join by_hand.customer_stages as stages using (profile_id)
    left join by_hand.customer_visits as visits using (profile_id)
)
select profile_id, stage_now as stage,
    case stage_now when 'lead' then known_since_at when 'active' then active_since_at when 'cooling' then cools_at
        when 'at_risk' then at_risk_at when 'lapsed' then lapses_at else last_order_at end as since_at,
    case stage_now when 'active' then before_active when 'cooling' then case when stage = 'new' then 'new' else 'active' end
        when 'at_risk' then 'cooling' when 'lapsed' then 'at_risk' else stage_before end as previous_stage,
    case stage_now when 'won_back' then 'active' when 'new' then 'cooling' when 'active' then 'cooling' when 'cooling' then 'at_risk'
        when 'at_risk' then 'lapsed' end as next_stage,
    case stage_now when 'won_back' then settles_at when 'new' then cools_at when 'active' then cools_at when 'cooling' then at_risk_at
        when 'at_risk' then lapses_at end as next_change_at,
    gap as typical_gap_days,
    case when purchases_count >= 4 then 'loyalty' when purchases_count > 1 then 'retention' when purchases_count = 1 then 'purchase'
        when first_considered_at is not null then 'consideration' when visits_count > 0 then 'interest' else 'awareness' end as journey_stage
from held;

create table by_hand.interests as
with anchors as (
    select profile_id, max(seen_at)::date as anchored_on
    from (
        select profile_id, ordered_at as seen_at from by_hand.orders where is_paid and profile_id is not null
        union all
        select profile_id, ended_at from by_hand.sessions where profile_id is not null
    )
    group by profile_id
),
things as (
    select profile_id, product_id, category, brand, ordered_at as evidence_at, 5 as weight, 1 as evidence
    from by_hand.order_items where is_paid and profile_id is not null
    union all
    select profile_id, product_id, item_category, item_brand, last_seen_at, 3 * seen.carts_count + seen.views_count,
        seen.carts_count + seen.views_count
    from by_hand.products_seen as seen join by_hand.sessions as sessions using (session_key)
    where profile_id is not null
),
weighed_things as (
    select profile_id, coalesce(placed.category, things.category) as category, coalesce(placed.brand, things.brand) as brand, price_level,
        evidence_at, evidence, faded(weight, evidence_at::date, anchored_on) as weight
    from things join anchors using (profile_id) left join by_hand.products_placed as placed using (product_id)
),
seen_topics as (
    select session_key, page_topic, max(event_at) as evidence_at, count(*) as pages from by_hand.events
    where page_topic is not null group by all
),
topics as (
    select profile_id, page_topic as topic, evidence_at, pages as weight, pages as evidence
    from seen_topics join by_hand.sessions using (session_key) where profile_id is not null
    union all
    select profile_id, search_term, searched_at, 2, 1 from by_hand.searches where profile_id is not null
),
weighed as (
    select profile_id, case when grouping(category) = 0 then 'category' when grouping(brand) = 0 then 'brand' else 'price_level' end
            as interest_type,
        coalesce(category, brand, price_level) as interest, sum(weight) as weight, sum(evidence) as evidence_count,
        max(evidence_at) as last_evidence_at
    from weighed_things group by grouping sets ((profile_id, category), (profile_id, brand), (profile_id, price_level))
    union all
    select profile_id, 'topic', topic, sum(faded(weight, evidence_at::date, anchored_on)), sum(evidence), max(evidence_at)
    from topics join anchors using (profile_id) group by profile_id, topic
    union all
    select profile_id, 'discount', case when coupon_code is not null or discount_amount > 0 then 'discounted' else 'full price' end as kind,
        sum(faded(1, ordered_at::date, anchored_on)), count(*), max(ordered_at)
    from by_hand.orders join anchors using (profile_id) where is_paid group by profile_id, kind
)
select profile_id, interest_type, interest, weight::double * power(0.5, greatest(date_sub('day', anchored_on, $as_of::date), 0) / 90.0) as weight,
    weight::double / nullif((sum(weight::decimal(18, 9)) over (partition by profile_id, interest_type))::double, 0) as share,
    evidence_count::bigint as evidence_count, last_evidence_at,
    row_number() over (partition by profile_id, interest_type order by weighed.weight desc, last_evidence_at desc, interest) as interest_rank
from weighed join anchors using (profile_id)
where interest is not null;

create table by_hand.attention as
with letters as (
    select profile_id, coalesce(message_id, event_id) as letter_id, occurred_at, status in ('opened', 'clicked') and not is_machine as is_answer
    from profiles.profile_engagements
    where channel = 'email' and status in ('sent', 'delivered', 'opened', 'clicked') and profile_id is not null
        and occurred_at > $as_of - interval 365 day and occurred_at <= $as_of
),
answered as (select profile_id, max(occurred_at) as answered_at from letters where is_answer group by profile_id),
visited as (select profile_id, max(started_at) as visited_at from by_hand.sessions where started_at <= $as_of group by profile_id),
signs as (
    select profile_id, greatest(coalesce(signed_up_at, first_seen_at), coalesce(last_order_at, first_seen_at),
        coalesce(visited_at, first_seen_at), coalesce(answered_at, first_seen_at)) as last_sign_at
    from profiles.profiles left join visited using (profile_id) left join answered using (profile_id)
),
unanswered as (
    select profile_id, count(distinct letter_id) as letters from letters join signs using (profile_id) where occurred_at > last_sign_at
    group by profile_id
)
select profile_id, last_sign_at, coalesce(letters, 0) as letters_since_count,
    exists (select 1 from answered) and coalesce(letters, 0) >= 5 as is_silent
from signs left join unanswered using (profile_id);

create table by_hand.product_changes as
with compared as (
    select *, row_number() over versions as version, lag(price_amount) over versions as previous_price_amount,
        lag(currency) over versions as previous_currency, lag(stock_quantity) over versions as previous_stock_quantity,
        lag(updated_at) over versions as previous_updated_at
    from staging.stg_all__product_versions
    window versions as (partition by product_id order by updated_at nulls first, landed_at)
),
dated as (
    select *, version = 1 as is_first_known,
        case when version = 1 then coalesce(least(updated_at, landed_at), landed_at)
            when updated_at > coalesce(previous_updated_at, timestamp '1970-01-01') then least(updated_at, landed_at)
            else landed_at end as changed_at
    from compared
    where version = 1 or price_amount is distinct from previous_price_amount or stock_quantity is distinct from previous_stock_quantity
),
told as (
    select *, row_number() over (partition by product_id order by version) as change_number,
        version = max(version) over (partition by product_id) as is_latest,
        coalesce(price_amount < previous_price_amount and coalesce(currency, '') = coalesce(previous_currency, ''), false) as is_price_drop,
        coalesce(stock_quantity <= 0 and (is_first_known or previous_stock_quantity > 0), false) as is_sold_out,
        coalesce(stock_quantity > 0 and previous_stock_quantity <= 0, false) as is_back_in_stock
    from dated
)
select product_id, change_number, changed_at, is_first_known, is_latest, price_amount, previous_price_amount, currency, stock_quantity,
    previous_stock_quantity, is_price_drop, is_sold_out, is_back_in_stock,
    case when is_back_in_stock then max(changed_at) filter (where is_sold_out) over (partition by product_id order by change_number) end
        as sold_out_at
from told;

create table by_hand.deliveries as
with gathered as (
    select order_id, count(*) as parcels_count, min(shipped_at) as shipped_at,
        case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at, bool_or(status = 'returned') as is_returned
    from staging.stg_all__shipments group by order_id
)
select order_id, profile_id, ordered_at, parcels_count, shipped_at, delivered_at, coalesce(is_returned, false) as is_returned
from gathered join by_hand.orders using (order_id);

create table by_hand.account_metrics as
with summed as (
    select members.account_id, count(*) as members_count,
        count(*) filter (where is_email_reachable or is_sms_reachable) as reachable_members_count, count(customers.profile_id) as buyers_count,
        coalesce(sum(customers.orders_count), 0) as orders_count, coalesce(sum(customers.revenue_amount), 0) as revenue_amount,
        min(customers.first_order_at) as first_order_at, max(customers.last_order_at) as last_order_at
    from identity.account_members as members
    join profiles.profiles as profiles using (profile_id)
    left join by_hand.customer_metrics as customers on members.profile_id = customers.profile_id and members.is_main
    group by members.account_id
)
select account_id, name, domain, coalesce(members_count, 0) as members_count, coalesce(reachable_members_count, 0) as reachable_members_count,
    coalesce(buyers_count, 0) as buyers_count, coalesce(orders_count, 0)::bigint as orders_count,
    coalesce(revenue_amount, 0) as revenue_amount, 'EUR' as currency, first_order_at, last_order_at
from identity.accounts left join summed using (account_id);
