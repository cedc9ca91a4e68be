-- By hand, in one file: whom each trigger and audience asks for, all in one table in order of priority, the channel of each, each rule in
-- turn, and which of them objects first. The hand makes no table of each audience and trigger. Given to both: what was sent before and what
-- follows from it (fatigue, limits, scenarios), what campaigns declare, and scores. The variants drawn are given, too;
-- they differ in words alone.
create macro held_within(happened_at, hours) as happened_at <= $as_of and happened_at > $as_of - to_hours(hours);

create table work.programme as
select * from (values
('order_confirmed', 1, 'order', 'email', 'transactional', false, false, true, false),
    ('order_delivered', 2, 'order', 'best', 'transactional', false, false, true, false),
    ('cart_abandoned', 3, 'cart', 'best', 'marketing', true, true, true, false),
    ('cart_abandoned_again', 4, 'cart', 'best', 'marketing', false, true, true, true),
    ('ticket_closed', 5, 'service', 'email', 'marketing', false, false, false, true),
    ('back_in_stock', 6, 'wanted', 'best', 'marketing', false, true, false, true),
    ('price_dropped', 7, 'wanted', 'email', 'marketing', false, true, false, true),
    ('welcome', 8, 'onboarding', 'email', 'marketing', false, false, false, false),
    ('vip_reached', 9, 'milestone', 'best', 'marketing', false, false, true, true),
    ('loyalty_reached', 10, 'milestone', 'best', 'marketing', false, false, true, true),
    ('birthday', 11, 'milestone', 'best', 'marketing', false, false, false, true),
    ('costly_item_viewed', 12, 'browse', 'email', 'marketing', false, true, true, true),
    ('browse_abandoned', 13, 'browse', 'email', 'marketing', false, true, true, true),
    ('first_purchase_anniversary', 14, 'milestone', 'email', 'marketing', false, false, true, true),
    ('onboarding_guide', 15, 'onboarding', 'email', 'marketing', false, false, false, true),
    ('replenishment_due', 16, 'next_order', 'best', 'marketing', false, true, true, true),
    ('review_requested', 17, 'review', 'email', 'marketing', false, false, true, true),
    ('accessory_suggested', 18, 'next_order', 'email', 'marketing', false, true, true, true),
    ('next_purchase_offered', 19, 'next_order', 'best', 'marketing', false, true, true, true),
    ('cross_sell', 20, 'next_order', 'email', 'marketing', false, true, true, true),
    ('onboarding_invitation', 21, 'onboarding', 'email', 'marketing', false, false, false, true),
    ('second_purchase_invited', 22, 'come_back', 'best', 'marketing', false, true, true, true),
    ('churn_risk_rescued', 23, 'come_back', 'best', 'marketing', false, true, true, true),
    ('win_back', 24, 'come_back', 'best', 'marketing', false, true, true, true),
    ('reengaged', 25, 'silence', 'email', 'marketing', false, true, false, true),
    ('sunset_announced', 26, 'silence', 'email', 'marketing', false, true, false, true)
) as told (campaign, priority, scenario, asked_channel, purpose, is_urgent, is_void_after_order, is_void_after_return, is_void_while_ticket);

create table work.silent as
select profile_id, last_sign_at from marts.attention where is_silent and last_sign_at <= $as_of - interval 120 day;

create view work.gone_silent as select profile_id from work.silent where last_sign_at <= $as_of - interval 165 day;

create table work.asked (
    campaign varchar, profile_id varchar, occurred_at timestamp, occasion varchar, product_id varchar, tokens varchar
);

insert into work.asked
with items as (
    select order_id, string_agg(product_name, '; ' order by order_line_id) as product_names
    from marts.order_items semi join (select order_id from work.paid_orders where held_within(ordered_at, 48)) using (order_id)
    where profile_id is not null group by order_id
)
select 'order_confirmed', profile_id, ordered_at, order_id, null, json_object('order_id', order_id, 'product_names', product_names,
    'total_amount', order_total_amount, 'currency', order_currency,
    'path', case when is_first then 'first' when order_number > 3 then 'regular' else 'returning' end)
from work.paid_orders left join items using (order_id) where held_within(ordered_at, 48);

insert into work.asked
select 'order_delivered', profile_id, delivered_at, order_id, null, json_object('order_id', order_id, 'parcels_count', parcels_count)
from marts.deliveries where profile_id is not null and not is_returned and held_within(delivered_at, 48);

insert into work.asked
select 'cart_abandoned', profile_id, last_cart_at, last_cart_at::varchar, last_item_id,
    json_object('items_count', items_count, 'item_name', last_item_name)
from marts.carts as carts
where last_cart_at <= $as_of - interval 30 minute and held_within(last_cart_at, 48)
    and (last_purchase_event_at is null or last_purchase_event_at < last_cart_at)
    and not exists (from marts.orders as later where later.profile_id = carts.profile_id and later.ordered_at >= last_cart_at
        and later.status = 'pending');

insert into work.asked
with reminded as (
    select carts.profile_id, last_cart_at, last_item_id, last_item_name, items_count, min(sent_at) + interval 2 day as occurred_at
    from marts.carts as carts
    join ours.marts.messages_sent as sent
        on carts.profile_id = sent.profile_id and campaign = 'cart_abandoned' and last_cart_at <= sent_at
    where (last_purchase_event_at is null or last_purchase_event_at < last_cart_at) and bounced_at is null and unsubscribed_at is null
    group by all
)
select 'cart_abandoned_again', profile_id, occurred_at, last_cart_at::varchar, last_item_id,
    json_object('items_count', items_count, 'item_name', last_item_name)
from reminded
where held_within(occurred_at, 72)
    and not exists (from marts.orders as later where later.profile_id = reminded.profile_id and later.ordered_at >= last_cart_at
        and later.status <> 'cancelled');

insert into work.asked
select 'ticket_closed', profile_id, solved_at, ticket_id, null, json_object('is_complaint', is_complaint)
from (
    from profiles.profile_tickets where not is_open and solved_at <= $as_of and profile_id is not null
    qualify row_number() over (partition by profile_id order by solved_at desc, ticket_id) = 1
)
where solved_at <= $as_of - interval 1 day and solved_at > $as_of - interval 4 day
    and profile_id not in (select profile_id from profiles.profile_tickets where is_open and profile_id is not null);

insert into work.asked
with returned as (
    select product_id, changed_at, sold_out_at from marts.product_changes
    where is_back_in_stock and sold_out_at <= changed_at - interval 1 day and held_within(changed_at, 72)
    qualify row_number() over (partition by product_id order by change_number desc) = 1
),
wanted as (
    select profile_id, product_id, changed_at, max(last_seen_at) as seen_at, max((last_seen_at >= sold_out_at)::int) as found_gone
    from returned join marts.product_views as views using (product_id)
    where last_seen_at >= sold_out_at - interval 30 day and last_seen_at < changed_at and profile_id is not null
    group by all
)
select 'back_in_stock', profile_id, changed_at, product_id || '|' || changed_at::varchar, product_id, null
from wanted
where not exists (from marts.order_items as later where later.profile_id = wanted.profile_id and later.ordered_at >= seen_at
    and later.product_id = wanted.product_id)
qualify row_number() over (partition by profile_id order by found_gone desc, seen_at desc, product_id) = 1;

insert into work.asked
with fallen as (
    select changes.product_id, changes.changed_at, changes.price_amount, changes.previous_price_amount, changes.currency
    from marts.product_changes as changes
    join marts.product_changes as latest
        on changes.product_id = latest.product_id and latest.is_latest and changes.price_amount >= latest.price_amount
    where changes.is_price_drop and changes.price_amount <= 0.9 * changes.previous_price_amount and held_within(changes.changed_at, 72)
    qualify row_number() over (partition by changes.product_id order by changes.change_number desc) = 1
),
wanted as (
    select fallen.*, profile_id, carts_count, first_seen_at, last_seen_at from fallen join marts.product_views as views using (product_id)
    where last_seen_at >= changed_at - interval 60 day and last_seen_at < changed_at and profile_id is not null
)
select 'price_dropped', profile_id, changed_at, product_id || '|' || changed_at::varchar, product_id,
    json_object('price_amount', price_amount, 'previous_price_amount', previous_price_amount, 'currency', currency)
from wanted
where not exists (from marts.order_items as later where later.profile_id = wanted.profile_id and later.ordered_at >= first_seen_at
    and later.product_id = wanted.product_id)
qualify row_number() over (partition by profile_id order by carts_count desc, last_seen_at desc, product_id) = 1;

insert into work.asked
select 'welcome', profile_id, signed_up_at, 'once', null, null
from profiles.profiles where signed_up_at <= $as_of and signed_up_at > $as_of - interval 3 day
union all
select 'onboarding_guide', profile_id, signed_up_at + interval 3 day, 'once', null, json_object('has_ordered', orders_count > 0)
from profiles.profiles where signed_up_at <= $as_of - interval 3 day and signed_up_at > $as_of - interval 6 day
union all
select 'onboarding_invitation', profile_id, signed_up_at + interval 8 day, 'once', null, json_object('has_ordered', orders_count > 0)
from profiles.profiles where signed_up_at <= $as_of - interval 8 day and signed_up_at > $as_of - interval 11 day
union all
select 'second_purchase_invited', profile_id, first_order_at + interval 21 day, 'once', null, null
from profiles.profiles
where orders_count = 1 and revenue_amount > 0 and first_order_at <= $as_of - interval 21 day and first_order_at > $as_of - interval 35 day
    and profile_id not in (from work.gone_silent)
union all
select 'reengaged', profile_id, last_sign_at + interval 120 day, last_sign_at::date::varchar, null, null
from work.silent where last_sign_at > $as_of - interval 134 day
union all
select 'sunset_announced', profile_id, last_sign_at + interval 150 day, last_sign_at::date::varchar, null, null
from work.silent where last_sign_at <= $as_of - interval 150 day and last_sign_at > $as_of - interval 164 day;

insert into work.asked
with counted as (
    select profile_id, ordered_at, order_number, sum(net_amount) over (partition by profile_id order by order_number) as revenue
    from work.paid_orders
    semi join (
        select profile_id from profiles.profiles
        where last_order_at > $as_of - interval 7 day and orders_count >= 5 and revenue_amount >= 500
    ) using (profile_id)
)
select 'vip_reached', profile_id, min(ordered_at) as occurred_at, 'once', null, null
from counted where order_number >= 5 and revenue >= 500
group by profile_id having min(ordered_at) > $as_of - interval 7 day and min(ordered_at) <= $as_of;

insert into work.asked
with purchases as (
    select profile_id, min(ordered_at) as purchased_at from work.paid_orders
    semi join (select profile_id from profiles.profiles where last_order_at > $as_of - interval 7 day and orders_count >= 4) using (profile_id)
    where not is_refunded group by profile_id, ordered_at::date
)
select 'loyalty_reached', profile_id, purchased_at, 'once', null, json_object('purchases_count', number)
from (select *, row_number() over (partition by profile_id order by purchased_at) as number from purchases)
where number = 4 and purchased_at > $as_of - interval 7 day and purchased_at <= $as_of;

insert into work.asked
with zones as (
    select time_zone, timezone(time_zone, timezone('UTC', $as_of)) as local_now from (select distinct time_zone from profiles.profiles)
),
aged as (
    select profile_id, time_zone, birth_date, local_now, (year(local_now) - year(birth_date))::int as years
    from profiles.profiles join zones using (time_zone) where birth_date is not null
),
begun as (
    select profile_id, time_zone, birth_date,
        case when (birth_date + to_months(12 * years))::timestamp <= local_now then years else years - 1 end as years
    from aged
),
greeted as (
    select profile_id, timezone('UTC', timezone(time_zone, (birth_date + to_months(12 * years))::timestamp)) as occurred_at,
        year(birth_date + to_months(12 * years))::varchar as occasion
    from begun where years between 1 and 120
)
select 'birthday', profile_id, occurred_at, occasion, null, null
from greeted
where occurred_at > $as_of - interval 36 hour and occurred_at <= $as_of and profile_id not in (from work.gone_silent);

insert into work.asked
with priced as (
    select product_id from marts.product_changes where is_latest and price_amount is not null
    qualify percent_rank() over (partition by currency order by price_amount) >= 0.8
),
visits as (
    select profile_id, product_id, session_key, max(last_seen_at) as seen_at, sum(carts_count) as carts_count
    from marts.product_views semi join priced using (product_id)
    where profile_id is not null and session_date >= ($as_of - interval 18 day)::date
    group by all
),
counted as (
    select *, lag(seen_at, 2) over (partition by profile_id, product_id order by seen_at, session_key) as seen_before_at from visits
),
repeated as (
    from counted where carts_count = 0 and seen_before_at >= seen_at - interval 14 day and held_within(seen_at, 48)
    qualify row_number() over (partition by profile_id order by seen_at desc, product_id) = 1
)
select 'costly_item_viewed', profile_id, seen_at, product_id || '|' || date_trunc('month', seen_at)::date::varchar, product_id, null
from repeated
where seen_at <= $as_of - interval 2 hour
    and not exists (from marts.order_items as later where later.profile_id = repeated.profile_id and later.ordered_at >= seen_before_at
        and later.product_id = repeated.product_id);

insert into work.asked
with views as (
    from marts.product_views where profile_id is not null and session_date >= ($as_of - interval 4 day)::date
),
visits as (
    select profile_id, session_key, max(last_seen_at) as last_seen_at, max(first_seen_at) as last_product_at, sum(carts_count) as carts_count
    from views group by profile_id, session_key
    qualify row_number() over (partition by profile_id order by max(last_seen_at) desc, session_key) = 1
),
looked as (
    select visits.profile_id, visits.last_seen_at, min(product_id) as product_id
    from visits join views
        on visits.session_key = views.session_key and last_product_at = first_seen_at and visits.profile_id = views.profile_id
    where visits.carts_count = 0 and is_in_catalogue
    group by all
)
select 'browse_abandoned', profile_id, last_seen_at, product_id || '|' || date_trunc('month', last_seen_at)::date::varchar, product_id, null
from looked
where last_seen_at <= $as_of - interval 2 hour and held_within(last_seen_at, 48)
    and not exists (from marts.order_items as later where later.profile_id = looked.profile_id
        and later.ordered_at >= last_seen_at - interval 30 day and later.product_id = looked.product_id);

insert into work.asked
with passed as (
    select profile_id, first_order_at, (year($as_of) - year(first_order_at))::int
            - (first_order_at + to_months(12 * (year($as_of) - year(first_order_at))::int) > $as_of)::int as years
    from profiles.profiles where first_order_at is not null and revenue_amount > 0
)
select 'first_purchase_anniversary', profile_id, first_order_at + to_months(12 * years) as occurred_at, year(occurred_at)::varchar, null,
    json_object('customer_years', years)
from passed
where years >= 1 and first_order_at + to_months(12 * years) > $as_of - interval 3 day and profile_id not in (from work.gone_silent);

insert into work.asked
with purchases as (
    select profile_id, product_id, last_bought_at, purchases_count - 1 as gaps, date_sub('day', first_bought_at, last_bought_at) as gaps_days
    from features.item_purchases where as_of = $as_of and last_returned_at is null
),
rhythms as (
    select product_id, quantile_cont(1.0 * gaps_days / nullif(gaps, 0), 0.5) as usual, 1.0 * count(nullif(gaps, 0)) / count(*) as again
    from purchases group by product_id having count(nullif(gaps, 0)) >= 5
),
due as (
    select profile_id, product_id, last_bought_at,
        last_bought_at + to_days(round((gaps_days + usual) / (gaps + 1))::int - 3) as occurred_at
    from purchases join rhythms using (product_id) where gaps > 0 or again >= 0.2
),
latest as (
    from due where held_within(occurred_at, 96)
    qualify row_number() over (partition by profile_id order by occurred_at desc, product_id) = 1
)
select 'replenishment_due', profile_id, occurred_at, product_id || '|' || last_bought_at::varchar, product_id,
    json_object('last_bought_on', last_bought_at::date)
from latest semi join (select product_id from features.products_on_offer where is_on_offer) using (product_id);

insert into work.asked
with due as (
    select *, delivered_at + interval 7 day as occurred_at from marts.deliveries
    where profile_id is not null and not is_returned and held_within(delivered_at + interval 7 day, 120)
),
items as (
    select order_id, arg_max(product_name, (line_amount, product_name)) filter (where product_name is not null and line_amount is not null)
            as item_name, sum(returned_quantity) as returned
    from marts.order_items semi join due using (order_id) group by order_id
)
select 'review_requested', due.profile_id, occurred_at, due.order_id, null, json_object('order_id', due.order_id, 'item_name', item_name)
from due join items using (order_id) join marts.orders as orders on due.order_id = orders.order_id
where is_paid and refunded_amount = 0 and returned = 0
    and not exists (from profiles.profile_tickets as later where later.profile_id = due.profile_id and later.opened_at >= due.ordered_at
        and later.is_complaint)
    and not exists (from profiles.profile_reviews as later where later.profile_id = due.profile_id and later.created_at >= due.ordered_at)
    and not exists (from ours.marts.messages_sent as later where later.profile_id = due.profile_id
        and later.sent_at >= due.occurred_at - interval 30 day and later.campaign = 'review_requested');

insert into work.asked
with due as (
    select profile_id, order_id, ordered_at + interval 3 day as occurred_at from work.paid_items
    where category = 'Coffee' and returned_quantity = 0 and held_within(ordered_at + interval 3 day, 72)
    qualify row_number() over (partition by profile_id order by ordered_at desc, order_id) = 1
),
accessory as (
    select product_id from features.products_on_offer where category = 'Electronics' and name like '%Grinder%' and is_on_offer
    order by stock_quantity desc, product_id limit 1
)
select 'accessory_suggested', profile_id, occurred_at, 'once', accessory.product_id, json_object('path',
    case when orders_count = 1 then 'first' when orders_count > 3 then 'regular' else 'returning' end)
from due cross join accessory join profiles.profiles using (profile_id)
where profile_id not in (select profile_id from work.paid_items where product_name like '%Grinder%' and ordered_at >= timestamp '1970-01-01');

insert into work.asked
with last_orders as (select profile_id, max(ordered_at) as last_ordered_at from work.paid_orders group by profile_id),
expected as (
    select profile_id, last_ordered_at, min(estimates.as_of) as occurred_at
    from ours.scores.next_order_date as estimates join last_orders using (profile_id)
    where estimates.as_of <= $as_of and estimates.as_of > $as_of - interval 30 day and estimates.as_of > last_ordered_at
        and expected_on <= (estimates.as_of + interval 3 day)::date
    group by all
)
select 'next_purchase_offered', profile_id, occurred_at, last_ordered_at::varchar, null, null from expected where held_within(occurred_at, 120);

insert into work.asked
select 'cross_sell', due.profile_id, ordered_at + interval 10 day, order_id, shown.product_id, null
from work.paid_orders as due
join ours.scores.recommended_products as shown on due.profile_id = shown.profile_id and shelf = 'new_for_you' and place = 1
where held_within(ordered_at + interval 10 day, 120) and refunded_amount = 0
    and not exists (from work.paid_orders as later where later.profile_id = due.profile_id and later.ordered_at >= due.ordered_at
        and later.order_id <> due.order_id);

insert into work.asked
with scored as (
    select profile_id, as_of as scored_at, score, lag(score) over (partition by profile_id order by as_of) as score_before,
        row_number() over (partition by profile_id order by as_of desc) as days_ago
    from ours.scores.churn where as_of <= $as_of and as_of > $as_of - interval 14 day
),
risen as (
    select profile_id, max(scored_at) filter (where score >= 0.6 and score_before < 0.6) as occurred_at
    from scored group by profile_id having max(score) filter (where days_ago = 1) >= 0.6
)
select 'churn_risk_rescued', profile_id, occurred_at, last_order_at::varchar, null, null
from risen join profiles.profiles as profiles using (profile_id) join marts.lifecycle as lifecycle using (profile_id)
where occurred_at > $as_of - interval 7 day and orders_count >= 2 and stage in ('active', 'won_back', 'cooling')
    and last_order_at <= $as_of - interval 30 day and profile_id not in (from work.gone_silent);

create macro latest_of(scores) as table
from query_table(scores) where as_of = (select max(as_of) from query_table(scores) where as_of <= $as_of);

insert into work.asked
with overdue as (
    select profile_id, max(ordered_at) as last_order_at,
        max(ordered_at) + to_days(greatest((2 * avg(gap_days))::int, 30)) as occurred_at
    from work.paid_orders group by profile_id
    having count(*) >= 3 and avg(gap_days) > 0 and max(ordered_at) > $as_of - interval 365 day
)
select 'win_back', profile_id, occurred_at, last_order_at::varchar, null, null
from overdue left join latest_of('ours.scores.purchase_30d') as propensity using (profile_id)
where occurred_at <= $as_of and occurred_at > $as_of - interval 30 day and coalesce(score, 0) < 0.5
    and profile_id not in (from work.gone_silent);

-- lists: each of a kind in one pass
create table work.members as
with churn as (select profile_id, score from latest_of('ours.scores.churn')),
fans as (
    select profile_id, interest_type, round(max(weight) / nullif(sum(weight), 0), 6) as share, arg_max(evidence_count, weight) as signs,
        round(sum(weight) filter (where interest in ('high', 'highest', 'discounted')) / nullif(sum(weight), 0), 6) as share_of_dear,
        sum(evidence_count) as all_signs, sum(evidence_count) filter (where interest = 'discounted') as discounted_signs
    from marts.interests group by profile_id, interest_type
)
select profile_id, case when segment = 'champions' then segment else 'segment_' || segment end as campaign from marts.rfm
union all
select profile_id, 'stage_' || stage from marts.lifecycle
union all
select profile_id, 'persona_' || replace(split_part(persona, ',', 1), '-', '_') from latest_of('ours.scores.personas')
where split_part(persona, ',', 1) in ('new', 'one-time', 'occasional', 'loyal') and contains(persona, ',')
union all
select profile_id, 'newcomers' from profiles.profiles where first_order_at >= $as_of - interval 30 day
union all
select profile_id, 'at_risk_regulars' from marts.rfm left join churn using (profile_id)
where orders_count >= 3 and (score >= 0.6 or score is null and segment in ('at_risk', 'cannot_lose'))
union all
select profile_id, 'at_risk_vips' from profiles.profiles left join churn using (profile_id) left join marts.lifecycle using (profile_id)
where orders_count >= 5 and revenue_amount >= 500 and (score >= 0.6 or score is null and stage in ('cooling', 'at_risk'))
union all
select profile_id, 'high_propensity' from latest_of('ours.scores.purchase_30d') where score >= 0.5
union all
select profile_id, 'b2b_without_order' from identity.account_members join marts.account_metrics using (account_id)
where is_main and orders_count = 0
union all
select profile_id, 'sunset' from work.gone_silent
union all
select profile_id, case interest_type when 'brand' then 'brand_fans' when 'category' then 'category_fans'
    when 'discount' then 'discount_lovers' else 'premium_fans' end
from fans
where interest_type in ('brand', 'category') and share >= 0.5 and signs >= 3
    or interest_type = 'discount' and share_of_dear >= 0.5 and discounted_signs >= 3
    or interest_type = 'price_level' and share_of_dear >= 0.5 and all_signs >= 3;

create table decisions.candidates as
with lists as (
    select * from (values 
        ('newcomers', 27), ('at_risk_regulars', 28), ('at_risk_vips', 29), ('high_propensity', 30), ('b2b_without_order', 31),
        ('sunset', 32), ('champions', 33), ('segment_loyal', 34), ('segment_potential_loyalists', 35), ('segment_new_customers', 36),
        ('segment_promising', 37), ('segment_need_attention', 38), ('segment_about_to_sleep', 39), ('segment_at_risk', 40),
        ('segment_cannot_lose', 41), ('segment_hibernating', 42), ('segment_lost', 43), ('stage_lead', 44), ('stage_new', 45),
        ('stage_active', 46), ('stage_cooling', 47), ('stage_at_risk', 48), ('stage_lapsed', 49), ('stage_won_back', 50),
        ('persona_new', 51), ('persona_one_time', 52), ('persona_occasional', 53), ('persona_loyal', 54), ('category_fans', 55),
        ('brand_fans', 56), ('premium_fans', 57), ('discount_lovers', 58)) as told (campaign, priority)
),
asked as (
    select 'message' as kind, priority, campaign, scenario, profile_id, occurred_at, occasion, product_id, tokens, asked_channel,
        campaign as message, purpose, is_urgent, is_void_after_order, is_void_after_return, is_void_while_ticket
    from work.asked join work.programme using (campaign)
    union all
    select 'membership', priority, campaign, campaign, profile_id, null, 'member', null, null, 'email', null,
        case campaign when 'sunset' then 'transactional' else 'marketing' end, false, false, false, false
    from work.members join lists using (campaign)
),
tried as (
    select asked.*, first_channel as came_back_from
    from asked left join ours.decisions.int_requests_tried as tried using (campaign, profile_id, occasion)
    where tried.first_channel is null and has_come_back is null
        or asked_channel = 'best' and has_come_back and not is_tried_twice
),
agreed as (
    select profile_id, purpose, bool_or(is_granted) filter (where channel = 'email') as email_granted,
        bool_or(is_granted) filter (where channel = 'sms') as sms_granted
    from profiles.consents group by all
),
clicked as (
    select profile_id, max(clicked_90d::double / sent_90d) filter (where channel = 'email') as email_share,
        max(clicked_90d::double / sent_90d) filter (where channel = 'sms') as sms_share
    from ours.marts.customer_engagement where clicked_90d > 0 and sent_90d > 0 group by profile_id
),
reachable as (
    select tried.*, golden.preferred_channel as stated_channel,
        profiles.email is not null and not is_email_suppressed
        and coalesce(email_granted, tried.purpose = 'transactional') as may_use_email,
        profiles.phone is not null and not is_sms_suppressed and coalesce(sms_granted, tried.purpose = 'transactional') as may_use_sms,
        coalesce(email_share, 0) as email_share, coalesce(sms_share, 0) as sms_share,
        drawn.experiment, drawn.variant, drawn.variant_bucket, drawn.content
    from tried
    join profiles.profiles as profiles using (profile_id)
    left join profiles.golden_records as golden using (profile_id)
    left join agreed on tried.profile_id = agreed.profile_id and tried.purpose = agreed.purpose
    left join clicked on tried.profile_id = clicked.profile_id
    left join ours.decisions.int_variants_drawn as drawn on tried.campaign = drawn.campaign and tried.profile_id = drawn.profile_id
),
chosen as (
    select *,
        case when asked_channel <> 'best' then 'asked for by the campaign'
            when came_back_from is not null then 'the first one bounced'
            when stated_channel = 'email' and may_use_email then 'preferred by the person'
            when stated_channel = 'sms' and may_use_sms then 'preferred by the person'
            when may_use_email <> may_use_sms then 'the only one that may be used'
            when not may_use_email then 'none may be used'
            when email_share <> sms_share then 'clicked most'
            when is_urgent then 'urgent' else 'not urgent' end as channel_because,
        case when came_back_from is null then occasion else occasion || '|after_bounce' end as occasion_now
    from reachable
)
select md5(concat(campaign, '|', profile_id, '|', occasion_now)) as message_id, kind, priority, campaign, scenario, profile_id, occurred_at,
    occasion_now as occasion, product_id, tokens, experiment, variant, variant_bucket, content, null::int as variant_hour, false as is_of_channels, asked_channel,
    case channel_because when 'asked for by the campaign' then asked_channel
        when 'the first one bounced' then case came_back_from when 'email' then 'sms' else 'email' end
        when 'preferred by the person' then stated_channel
        when 'the only one that may be used' then case when may_use_sms then 'sms' else 'email' end
        when 'none may be used' then case stated_channel when 'sms' then 'sms' else 'email' end
        when 'clicked most' then case when sms_share > email_share then 'sms' else 'email' end
        when 'urgent' then 'sms' else 'email' end as channel,
    channel_because, message, purpose, is_urgent, is_void_after_order, is_void_after_return, is_void_while_ticket
from chosen;

create macro minute_of(happened_at) as substr(happened_at::varchar, 1, 16);

create macro counted(number, one, many) as number::varchar || case when number = 1 then one else many end;

create macro bucket_of(name, profile_id) as
    (('0x' || substr(md5(name || ':' || profile_id), 1, 8))::bigint % 100
        + floor(('0x' || substr(md5(name || ':' || profile_id), 1, 8))::bigint / 100) / 42949673.0) / 100;

create macro drew(bucket) as (floor(bucket * 10000) / 100)::decimal(5, 2)::varchar || ' of 100';

create table work.ruled as
with orders as (
    select profile_id, max(ordered_at) filter (where is_paid) as last_order_at, max(refunded_at) as last_refund_at
    from profiles.profile_orders semi join decisions.candidates using (profile_id) group by profile_id
),
doubted as (
    select campaign, string_agg(model, '; ' order by model) as doubted_models
    from (values ('at_risk_regulars', 'churn'), ('at_risk_vips', 'churn'), ('churn_risk_rescued', 'churn'), ('cross_sell', 'recommendations'),
        ('high_propensity', 'purchase_30d'), ('next_purchase_offered', 'next_order_date'), ('persona_loyal', 'personas'),
        ('persona_new', 'personas'), ('persona_occasional', 'personas'), ('persona_one_time', 'personas'), ('win_back', 'purchase_30d'))
        as reads (campaign, model)
    join ours.scores.drift using (model) where is_alarmed group by campaign
),
zones as (
    select time_zone, hour(timezone(time_zone, timezone('UTC', $as_of))) as hour_now,
        strftime(timezone(time_zone, timezone('UTC', $as_of)), '%H:%M') as minute_now
    from (select distinct time_zone from profiles.profiles)
),
facts as (
    select candidates.*, rule_version, review_on, off_on, coalesce(holdout_pct, 5) as holdout_pct, doubted_models, holdout_bucket,
        has_open_complaint, open_tickets_count, profiles.time_zone, hour_now, minute_now,
        case when send_hour is not null then greatest(least(send_hour, 20), 9) end as best_hour, bucket_of(candidates.campaign, candidates.profile_id) as campaign_bucket,
        case candidates.channel when 'sms' then profiles.phone else profiles.email end as address,
        case candidates.channel when 'sms' then is_sms_suppressed else is_email_suppressed end as is_suppressed,
        suppressions.reason as suppressed_by, suppressions.since_at as suppressed_since_at, consents.stated_at as consent_stated_at,
        not coalesce(is_granted, candidates.purpose = 'transactional') as has_no_consent, orders.last_order_at, last_refund_at,
        coalesce(sent_all_24h, 0) as sent_all_24h, coalesce(sent_all_7d, 0) as sent_all_7d, coalesce(sent_email_24h, 0) as sent_email_24h,
        coalesce(sent_email_7d, 0) as sent_email_7d, coalesce(sent_sms_24h, 0) as sent_sms_24h, coalesce(sent_sms_7d, 0) as sent_sms_7d,
        entered.last_sent_at as last_similar_at, round(48 * 60 * coalesce(cooldown_factor, 1))::bigint as cooldown_minutes,
        fatigue.because as tired_because, kind = 'message' and candidates.purpose = 'marketing' as is_limited,
        candidates.product_id in (select product_id from staging.stg_all__products where stock_quantity <= 0) as is_sold_out
    from decisions.candidates as candidates
    join profiles.profiles as profiles using (profile_id)
    left join zones on profiles.time_zone = zones.time_zone
    left join (select campaign, rule_version, review_on, off_on, holdout_pct from ours.decisions.campaigns) as campaigns
        on candidates.campaign = campaigns.campaign
    left join doubted on candidates.campaign = doubted.campaign
    left join ours.scores.predictions as predictions on candidates.profile_id = predictions.profile_id
    left join profiles.consents as consents on candidates.profile_id = consents.profile_id and candidates.channel = consents.channel
        and candidates.purpose = consents.purpose
    left join profiles.suppressions as suppressions
        on candidates.profile_id = suppressions.profile_id and candidates.channel = suppressions.channel
    left join orders on candidates.profile_id = orders.profile_id
    left join ours.decisions.int_messages_counted as counts on candidates.profile_id = counts.profile_id
    left join ours.decisions.int_scenarios_entered as entered
        on candidates.profile_id = entered.profile_id and candidates.scenario = entered.scenario
    left join ours.decisions.fatigue as fatigue on candidates.profile_id = fatigue.profile_id
)
select *, address is null as is_unreachable, is_limited and coalesce(off_on <= $as_of::date, false) as is_review_overdue,
    is_void_after_order and coalesce(last_order_at >= occurred_at, false) as is_ordered_since,
    is_void_after_return and coalesce(last_refund_at >= occurred_at, false) as is_returned_since,
    is_limited and coalesce(is_sold_out, false) as is_out_of_stock,
    purpose = 'marketing' and has_open_complaint or is_void_while_ticket and open_tickets_count > 0 as is_waiting_for_service,
    kind = 'message' and doubted_models is not null as is_prediction_in_doubt,
    is_limited and coalesce(last_similar_at > $as_of - to_minutes(cooldown_minutes), false) as is_cooling_down,
    is_limited and (sent_all_24h >= 1 or sent_all_7d >= 3 or channel = 'email' and (sent_email_24h >= 1 or sent_email_7d >= 3)
        or channel = 'sms' and (sent_sms_24h >= 1 or sent_sms_7d >= 1)) as is_over_cap,
    is_limited and (hour_now >= 21 or hour_now < 8) as is_in_quiet_hours,
    is_limited and not is_urgent and coalesce(hour_now <> best_hour, false) and occurred_at > $as_of - interval 24 hour as is_before_send_time,
    purpose = 'marketing' and holdout_bucket < 0.05 as is_in_global_holdout,
    purpose = 'marketing' and (holdout_bucket < 0.05 or campaign_bucket < holdout_pct / 100.0) as is_in_holdout,
    is_suppressed or has_no_consent or is_unreachable or is_review_overdue or is_ordered_since or is_returned_since or is_out_of_stock
    or is_waiting_for_service as is_objected_to
from facts;

-- what asks of one person competes, and steps back for a stronger scenario; only messages do
create table work.ranked as
with yields (scenario, stronger_scenario) as (values
    ('onboarding', 'cart'), ('browse', 'cart'), ('browse', 'wanted'), ('next_order', 'cart'), ('next_order', 'wanted'),
    ('next_order', 'browse'), ('come_back', 'order'), ('come_back', 'cart'), ('come_back', 'service'), ('come_back', 'wanted'),
    ('come_back', 'browse'), ('come_back', 'onboarding'), ('come_back', 'milestone'), ('come_back', 'next_order'), ('silence', 'order'),
    ('silence', 'cart'), ('silence', 'service'), ('silence', 'wanted'), ('silence', 'browse'), ('silence', 'onboarding'),
    ('silence', 'milestone'), ('silence', 'next_order')),
at_work as (
    select profile_id, scenario, null::timestamp as heard_at from work.ruled where kind = 'message' and not is_objected_to
    union all
    select profile_id, scenario, last_sent_at from ours.decisions.int_scenarios_entered where last_sent_at > $as_of - interval 72 hour
),
stronger as (
    select profile_id, yields.scenario, min(at_work.scenario) filter (where heard_at is null) as asking_scenario,
        arg_max(at_work.scenario, (heard_at, at_work.scenario)) filter (where heard_at is not null) as heard_scenario, max(heard_at) as heard_at
    from at_work join yields on at_work.scenario = stronger_scenario
    group by all
),
messages as (
    select ruled.*, asking_scenario, heard_scenario, heard_at, is_limited and stronger.profile_id is not null as is_in_stronger_scenario,
        is_limited and stronger.profile_id is null and not (is_objected_to or is_prediction_in_doubt or is_cooling_down or is_over_cap)
            as competes
    from work.ruled as ruled
    left join stronger on ruled.profile_id = stronger.profile_id and ruled.scenario = stronger.scenario
    where kind = 'message'
),
ranked as (
    select *, row_number() over person as place_with_person, first_value(campaign) over person as first_with_person,
        row_number() over mailbox as place_at_address, first_value(campaign) over mailbox as first_at_address
    from messages where competes
    window person as (partition by profile_id order by priority, occurred_at desc, message_id),
        mailbox as (partition by address order by priority, occurred_at desc, message_id)
    union all
    select *, 1, campaign, 1, campaign from messages where not competes
),
going as (
    select campaign, count(*) as going_count from ranked
    where place_with_person = 1 and place_at_address = 1
        and not (is_objected_to or is_in_stronger_scenario or is_prediction_in_doubt or is_cooling_down or is_over_cap)
    group by campaign
)
select ranked.*, place_with_person > 1 or place_at_address > 1 as is_outranked,
    coalesce(going_count > room_count, false) as is_awaiting_approval, going_count, room_count
from ranked left join going using (campaign) left join ours.decisions.campaign_limits as limits on ranked.campaign = limits.campaign
union all by name
select *, false as is_in_stronger_scenario, false as is_outranked, false as is_awaiting_approval from work.ruled where kind = 'membership';

create table decisions.decisions as
with reasoned as (
    select *, case
        when is_suppressed then 'suppressed' when has_no_consent then 'no_consent' when is_unreachable then 'unreachable'
        when is_review_overdue then 'review_overdue' when is_ordered_since then 'ordered_since' when is_returned_since then 'returned_since'
        when is_out_of_stock then 'out_of_stock' when is_waiting_for_service then 'waiting_for_service'
        when is_in_stronger_scenario then 'in_stronger_scenario' when is_prediction_in_doubt then 'prediction_in_doubt'
        when is_cooling_down then 'cooling_down' when is_over_cap then 'over_cap' when is_outranked then 'outranked'
        when is_in_quiet_hours then 'quiet_hours' when is_before_send_time then 'send_time'
        when is_awaiting_approval then 'awaiting_approval' when is_in_holdout then 'holdout' end as reason
    from work.ranked
)
select message_id, kind, priority, campaign, scenario, profile_id, occurred_at, occasion, product_id, tokens, channel, channel_because,
    message, case when not is_in_holdout then experiment end as experiment, case when not is_in_holdout then variant end as variant,
    content, purpose, address, is_void_after_order, is_void_after_return, is_void_while_ticket,
    is_suppressed, has_no_consent, is_unreachable, is_review_overdue, is_ordered_since, is_returned_since, is_out_of_stock,
    is_waiting_for_service, is_in_stronger_scenario, is_prediction_in_doubt, is_cooling_down, is_over_cap, is_outranked,
    is_in_quiet_hours, is_before_send_time, is_awaiting_approval, is_in_global_holdout, is_in_holdout, reason,
    case reason
        when 'suppressed' then 'nothing goes by ' || channel || ' any more'
            || coalesce(': ' || suppressed_by || ' on ' || minute_of(suppressed_since_at), '')
        when 'no_consent' then coalesce('consent to ' || purpose || ' by ' || channel || ' was refused or withdrawn, last said on '
            || minute_of(consent_stated_at), 'nobody agreed to ' || purpose || ' by ' || channel)
        when 'unreachable' then 'no ' || case channel when 'sms' then 'telephone number' else 'e-mail address' end
            || ' of this person alone is known'
        when 'review_overdue' then campaign || ' is switched off since ' || off_on::varchar || ': its review was due on ' || review_on::varchar
            || ' (decisions.reviews_due)'
        when 'ordered_since' then 'ordered on ' || minute_of(last_order_at) || ', after what it is about (' || minute_of(occurred_at) || ')'
        when 'returned_since' then 'goods or money went back on ' || minute_of(last_refund_at) || ', after what it is about ('
            || minute_of(occurred_at) || ')'
        when 'out_of_stock' then 'the product ' || product_id || ' is out of stock'
        when 'waiting_for_service' then case when has_open_complaint then 'a complaint of the person is open'
            else counted(open_tickets_count, ' open ticket', ' open tickets') || ' of the person' end
        when 'in_stronger_scenario' then coalesce('steps back for the scenario ' || asking_scenario || ', which asks now',
            'steps back for the scenario ' || heard_scenario || ', whose last message went out on ' || minute_of(heard_at)
            || '; it may go from ' || minute_of(heard_at + interval 72 hour))
        when 'prediction_in_doubt' then 'reads the score ' || doubted_models || ', which turned out wrong of late (scores.drift)'
        when 'cooling_down' then 'the last message of the scenario ' || scenario || ' went out on ' || minute_of(last_similar_at)
            || '; the next may go from ' || minute_of(last_similar_at + to_minutes(cooldown_minutes)) || ' (48 hours'
            || coalesce(', widened to ' || case when cooldown_minutes % 60 = 0 then (cooldown_minutes / 60)::bigint::varchar
                else (cooldown_minutes / 60.0)::decimal(18, 1)::varchar end || ': ' || tired_because, '') || ')'
        when 'over_cap' then case
            when sent_all_24h >= 1 then counted(sent_all_24h, ' message', ' messages') || ' in 24 hours over all channels; at most 1 may go'
            when sent_all_7d >= 3 then counted(sent_all_7d, ' message', ' messages') || ' in 7 days over all channels; at most 3 may go'
            when channel = 'email' and sent_email_24h >= 1
                then counted(sent_email_24h, ' message', ' messages') || ' in 24 hours by email; at most 1 may go'
            when channel = 'email' then counted(sent_email_7d, ' message', ' messages') || ' in 7 days by email; at most 3 may go'
            when sent_sms_24h >= 1 then counted(sent_sms_24h, ' message', ' messages') || ' in 24 hours by sms; at most 1 may go'
            else counted(sent_sms_7d, ' message', ' messages') || ' in 7 days by sms; at most 1 may go' end
        when 'outranked' then case when place_with_person > 1 then 'a message of ' || first_with_person || ' comes first for the same person'
            else 'a message of ' || first_at_address || ' comes first at the same address' end
        when 'quiet_hours' then 'it is ' || minute_now || ' in ' || time_zone || '; messages go from 08:00'
        when 'send_time' then 'it is ' || minute_now || ' in ' || time_zone || '; the person reads best at ' || lpad(best_hour::varchar, 2, '0')
            || ':00, and from ' || minute_of(occurred_at + interval 24 hour) || ' on it goes at any hour'
        when 'awaiting_approval' then campaign || ' would send ' || counted(going_count, ' message', ' messages') || ' where '
            || room_count::varchar || ' may go unasked; a person has to agree (decisions.spikes)'
        when 'holdout' then case
            when is_in_global_holdout then 'in the control group of everything: drew ' || drew(holdout_bucket) || ', below 5 %'
            else 'in the control group of ' || campaign || ': drew ' || drew(campaign_bucket) || ', below ' || holdout_pct::varchar || ' %' end
        else 'nothing stands against it' || case when kind = 'message' then '; by ' || channel || ': ' || channel_because else '' end
            || coalesce('; ' || variant || ' of the experiment ' || experiment, '')
    end as because,
    rule_version, holdout_bucket, campaign_bucket, variant_bucket, $as_of as decided_at
from reasoned;
