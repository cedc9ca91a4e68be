-- By hand, in one file as long as the shop's tables are many, in one process and without dbt: the landed files read into the tables of
-- everybody's rows that staging's stg_all__ views show. Each version that was landed is a row of the files; of the versions known by
-- $as_of the last one holds. Most rows have one version, so that only the few that have more are sorted.
create macro email_of(address) as case
    when trim(address) like '_%@_%._%' and trim(address) not like '%@%@%' and trim(address) not like '% %' then lower(trim(address))
end;

create macro said(words) as nullif(trim(words), '');

create macro phone_country_of(country) as coalesce(nullif(upper(trim(country)), ''), '');

-- a source has key, happened_at and updated_at beside its own columns
create macro current_rows(source) as table
with known as not materialized (
    select *, case when _is_backfill then happened_at else _landed_at end as known_at
    from query_table(source)
    where happened_at <= $as_of and case when _is_backfill then happened_at else _landed_at end <= $as_of
),
several as (
    select key, min(known_at) as ingested_at, max(_landed_at) filter (where _is_deleted) as deleted_at
    from known
    group by key
    having count(*) > 1 or bool_or(_is_deleted)
)
select known.*, known_at as ingested_at from known anti join several on known.key = several.key
union all
select known.*, several.ingested_at from known join several on known.key = several.key
where deleted_at is null or _landed_at > deleted_at
qualify row_number() over (partition by known.key order by updated_at desc, _landed_at desc) = 1;

create view work.shop_customers as select customer_id as key, created_at as happened_at, *
from read_parquet('$landing/shop/customers/*.parquet', union_by_name = true);

create view work.crm_contacts as select contact_id as key, created_at as happened_at, *
from read_parquet('$landing/crm/contacts/*.parquet', union_by_name = true);

create view work.crm_consents as select consent_id as key, recorded_at as happened_at, * replace (
    -- a withdrawal that the CRM deletes stays
    _is_deleted and status <> 'withdrawn' as _is_deleted
) from read_parquet('$landing/crm/consents/*.parquet', union_by_name = true);

create view work.shop_orders as select order_id as key, ordered_at as happened_at, *
from read_parquet('$landing/shop/orders/*.parquet', union_by_name = true);

create view work.shop_order_lines as select order_line_id as key, updated_at as happened_at, *
from read_parquet('$landing/shop/order_lines/*.parquet', union_by_name = true);

create view work.shop_products as select product_id as key, created_at as happened_at, *
from read_parquet('$landing/shop/products/*.parquet', union_by_name = true);

create view work.shop_refunds as select refund_id as key, refunded_at as happened_at, *
from read_parquet('$landing/shop/refunds/*.parquet', union_by_name = true);

create view work.shop_refund_lines as select refund_line_id as key, updated_at as happened_at, *
from read_parquet('$landing/shop/refund_lines/*.parquet', union_by_name = true);

create view work.shop_shipments as select shipment_id as key, coalesce(shipped_at, updated_at) as happened_at, *
from read_parquet('$landing/shop/shipments/*.parquet', union_by_name = true);

create view work.service_tickets as select ticket_id as key, opened_at as happened_at, *
from read_parquet('$landing/service/tickets/*.parquet', union_by_name = true);

create view work.service_reviews as select review_id as key, created_at as happened_at, *
from read_parquet('$landing/service/reviews/*.parquet', union_by_name = true);

create view work.service_surveys as select survey_id as key, answered_at as happened_at, *
from read_parquet('$landing/service/surveys/*.parquet', union_by_name = true);

create view work.deliveries as select message_id as key, coalesce(claimed_at, updated_at) as happened_at, *
from read_parquet('$landing/feedback/deliveries/*.parquet', union_by_name = true);

create view work.suppressions as select suppression_id as key, said_at as happened_at, said_at as updated_at, *
from read_parquet('$landing/feedback/suppressions/*.parquet', union_by_name = true);

create view work.told as
select event_id as key, occurred_at as happened_at, 0 as updated_at, event_id, destination, channel, status, message_id,
    coalesce(provider_ref, split_part(event_id, ':', 1)) as provider_ref, address, is_machine, reason, link, occurred_at,
    _landed_at, _is_backfill, _is_deleted
from read_parquet('$landing/feedback/engagement/*.parquet', union_by_name = true)
union all
select event_id, occurred_at, 1, event_id, destination, channel, status, message_id, provider_ref, address, is_machine, reason, link,
    occurred_at, _landed_at, _is_backfill, _is_deleted
from read_parquet('$landing/feedback/webhook_events/*.parquet', union_by_name = true);

-- numbers are parsed by a library for telephone numbers, not by SQL: its table is given to both sides
create table staging.stg_all__persons as
select 'crm' as system, 'crm_id' as person_type, contact_id as person_id, said(brand) as brand, email_of(email) as email, phones.phone,
    said(first_name) as first_name, said(last_name) as last_name, birth_date, said(street) as street, said(postal_code) as postal_code,
    said(city) as city, nullif(phone_country_of(landed.country_code), '') as country_code, said(company_name) as company_name,
    said(time_zone) as time_zone, preferred_channel, said(shop_customer_id) as shop_customer_id, created_at, updated_at, ingested_at
from current_rows('work.crm_contacts') as landed
left join ours.staging.int_phones_parsed as phones
    on landed.phone = phones.phone_raw and phone_country_of(landed.country_code) = phones.country_code
union all
select 'shop', 'shop_customer_id', customer_id, said(brand), email_of(email), phones.phone, said(first_name), said(last_name), null,
    said(street), said(postal_code), said(city), nullif(phone_country_of(landed.country_code), ''), said(company_name), null, null, null,
    created_at, updated_at, ingested_at
from current_rows('work.shop_customers') as landed
left join ours.staging.int_phones_parsed as phones
    on landed.phone = phones.phone_raw and phone_country_of(landed.country_code) = phones.country_code;

create view staging.stg_all__aliases as
select 'crm' as system, person_type as left_type, person_id as left_id, 'shop_customer_id' as right_type, shop_customer_id as right_id,
    'contact' as stated_by, created_at as stated_at, ingested_at
from staging.stg_all__persons
where shop_customer_id is not null;

create table staging.stg_all__consents as
select 'crm' as system, 'crm_id' as person_type, contact_id as person_id, consent_id, channel, purpose, status, recorded_at, updated_at,
    ingested_at
from current_rows('work.crm_consents');

create table staging.stg_all__orders as
select 'shop' as system, 'shop_customer_id' as customer_type, order_id, said(customer_id) as customer_id, said(brand) as brand,
    said(first_name) as first_name, said(last_name) as last_name, email_of(email) as email, phones.phone, said(street) as street,
    said(postal_code) as postal_code, said(city) as city, status, currency, coalesce(discount_amount, 0) as discount_amount,
    coalesce(shipping_amount, 0) as shipping_amount, coalesce(tax_amount, 0) as tax_amount, total_amount,
    said(coupon_code) as coupon_code, nullif(phone_country_of(landed.country_code), '') as country_code, ordered_at, updated_at, ingested_at
from current_rows('work.shop_orders') as landed
left join ours.staging.int_phones_parsed as phones
    on landed.phone = phones.phone_raw and phone_country_of(landed.country_code) = phones.country_code;

create table staging.stg_all__order_lines as
select 'shop' as system, order_line_id, order_id, product_id, quantity, unit_price_amount, coalesce(discount_amount, 0) as discount_amount,
    (quantity * unit_price_amount - coalesce(discount_amount, 0))::decimal(18, 4) as line_amount, updated_at, ingested_at
from current_rows('work.shop_order_lines');

create table staging.stg_all__products as
select 'shop' as system, product_id, name, said(category) as category, said(brand) as brand, price_amount, currency, stock_quantity,
    created_at, updated_at, ingested_at
from current_rows('work.shop_products');

create table staging.stg_all__product_versions as
select 'shop' as system, product_id, price_amount, currency, stock_quantity, updated_at, _landed_at as landed_at
from work.shop_products
where not coalesce(_is_deleted, false)
    and case when _is_backfill then coalesce(updated_at, _landed_at) else _landed_at end <= $as_of;

create table staging.stg_all__refunds as
select 'shop' as system, refund_id, order_id, amount, said(reason) as reason, refunded_at, updated_at, ingested_at
from current_rows('work.shop_refunds');

create table staging.stg_all__refund_lines as
select 'shop' as system, refund_line_id, refund_id, order_id, said(order_line_id) as order_line_id, said(product_id) as product_id,
    quantity, amount, updated_at, ingested_at
from current_rows('work.shop_refund_lines');

-- an order that is said to have arrived and has no parcel of its own is one
create table staging.stg_all__shipments as
with parcels as (
    select 'shop' as system, shipment_id, order_id, status, shipped_at, delivered_at, updated_at, ingested_at
    from current_rows('work.shop_shipments')
),
without as (
    select order_id from staging.stg_all__orders where status = 'delivered' and order_id not in (select order_id from parcels)
),
arrived as (
    select order_id, min(updated_at) as delivered_at,
        min(case when _is_backfill then updated_at else _landed_at end) as ingested_at
    from work.shop_orders semi join without using (order_id)
    where status = 'delivered' and case when _is_backfill then updated_at else _landed_at end <= $as_of
    group by order_id
)
select * from parcels
union all
select 'shop', 'order:' || order_id, order_id, 'delivered', null, delivered_at, delivered_at, ingested_at from arrived;

create table staging.stg_all__tickets as
select 'service' as system, 'shop_customer_id' as customer_type, 'crm_id' as contact_type, ticket_id, said(customer_id) as customer_id,
    said(contact_id) as contact_id, email_of(email) as email, phones.phone, said(brand) as brand, said(lower(channel)) as channel,
    said(subject) as subject, said(lower(category)) as category, said(lower(priority)) as priority, status,
    coalesce(is_complaint, false) as is_complaint, said(order_id) as order_id, opened_at, solved_at, updated_at, ingested_at
from current_rows('work.service_tickets') as landed
left join ours.staging.int_phones_parsed as phones
    on landed.phone = phones.phone_raw and phone_country_of(landed.country_code) = phones.country_code;

create table staging.stg_all__reviews as
select 'service' as system, 'shop_customer_id' as customer_type, 'crm_id' as contact_type, review_id, said(customer_id) as customer_id,
    said(contact_id) as contact_id, email_of(email) as email, said(brand) as brand, said(product_id) as product_id,
    said(order_id) as order_id, rating, said(text) as review_text, created_at, updated_at, ingested_at
from current_rows('work.service_reviews');

create table staging.stg_all__surveys as
select 'service' as system, 'shop_customer_id' as customer_type, 'crm_id' as contact_type, survey_id, said(customer_id) as customer_id,
    said(contact_id) as contact_id, email_of(email) as email, said(brand) as brand, kind, score, said(comment) as comment, answered_at,
    updated_at, ingested_at
from current_rows('work.service_surveys');

create table staging.stg_feedback__deliveries as
select message_id, campaign, profile_id, channel, destination, status, provider_ref, error_code, error_detail, attempts, claimed_at,
    finished_at, updated_at, ingested_at
from current_rows('work.deliveries');

create table staging.stg_feedback__suppressions as
select suppression_id, destination, channel, case channel when 'email' then email_of(address) else said(address) end as address, reason,
    said_at, ingested_at
from current_rows('work.suppressions');

-- a reference of the provider's says which message it is, where it stands for one
create table staging.stg_feedback__engagements as
with sent as (select message_id, destination, translate(provider_ref, '<>', '') as reference from staging.stg_feedback__deliveries),
references_of_one as (
    select destination, reference, any_value(message_id) as message_id from sent where reference is not null
    group by all having count(*) = 1
)
select told.event_id, coalesce(sent.destination, told.destination) as destination, told.channel, told.status,
    coalesce(sent.message_id, references_of_one.message_id, said(told.message_id)) as message_id,
    case told.channel when 'email' then email_of(told.address) else said(told.address) end as address,
    coalesce(told.is_machine, false) as is_machine, told.reason, told.link, told.occurred_at, told.ingested_at
from current_rows('work.told') as told
left join sent on said(told.message_id) = sent.message_id
left join references_of_one
    on told.destination = references_of_one.destination and translate(told.provider_ref, '<>', '') = references_of_one.reference;

create table staging.stg_feedback__withheld as
select message_id, campaign, profile_id, channel, reason, withheld_at
from read_parquet('$landing/delivery/withheld/*.parquet', union_by_name = true)
where withheld_at <= $as_of;

-- GA4's export: the values of the parameters that are looked for once, by the place of their key
create macro text_of_value(given) as coalesce(
    given.string_value, given.int_value::varchar,
    case when coalesce(given.double_value, given.float_value) = floor(coalesce(given.double_value, given.float_value))
        and abs(coalesce(given.double_value, given.float_value)) < 1e15
        then coalesce(given.double_value, given.float_value)::bigint::varchar
        else coalesce(given.double_value, given.float_value)::varchar end);

create macro is_number(given) as regexp_full_match(given::varchar, '\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*');

create macro amount_of(given) as case when given is not null and is_number(given) then try_cast(given as decimal(18, 4)) end;

create macro whole_of_value(given) as coalesce(given.int_value,
    case when is_number(coalesce(given.double_value, given.float_value))
        then try_cast(coalesce(given.double_value, given.float_value) as bigint) end,
    case when is_number(given.string_value) then try_cast(given.string_value as bigint) end);

create macro number_of_value(given) as coalesce(given.double_value, given.float_value, given.int_value::double,
    case when is_number(given.string_value) then try_cast(given.string_value as double) end);

create macro id_of(given) as case when lower(trim(given)) not in ('', '(not set)', '(none)', 'null', 'undefined') then trim(given) end;

create macro topic_of(location) as
    nullif(regexp_extract(lower(location), '^[a-z]+://[^/?#]+/(?:[a-z][a-z](?:[-_][a-z][a-z])?/)?([^/?#.a-z]*[a-z][^/?#.]{2,})', 1), '');

create table staging.stg_all__events as
with params as (
    select *, list_transform(event_params, lambda param: param.key) as keys
    from read_parquet('$landing/ga4/events/*.parquet', union_by_name = true)
),
found as (
    select *,
        event_params[list_position(keys, 'ga_session_id')].value as session_param,
        event_params[list_position(keys, 'page_location')].value as page_param,
        event_params[list_position(keys, 'engagement_time_msec')].value as engagement_param,
        event_params[list_position(keys, 'transaction_id')].value as transaction_param,
        event_params[list_position(keys, 'currency')].value as currency_param,
        items[1] as item,
        session_traffic_source_last_click.cross_channel_campaign as channelled,
        session_traffic_source_last_click.manual_campaign as manual
    from params
),
flat as (
    select
        md5(concat(user_pseudo_id, '|', event_timestamp::varchar, '|', event_name, '|', event_bundle_sequence_id::varchar, '|',
            batch_page_id::varchar, '|', batch_ordering_id::varchar, '|', batch_event_index::varchar,
            case when batch_event_index is null
                then concat('|', event_params::varchar, '|', ecommerce::varchar, '|', items::varchar) end)) as event_id,
        make_timestamp(event_timestamp) as event_at, event_name, id_of(user_pseudo_id) as user_pseudo_id, id_of(user_id) as user_id,
        whole_of_value(session_param) as ga_session_id, text_of_value(page_param) as page_location,
        case when event_name in ('page_view', 'screen_view')
            then said(text_of_value(event_params[list_position(keys, 'page_title')].value)) end as page_title,
        case when event_name in ('page_view', 'screen_view')
            then said(text_of_value(event_params[list_position(keys, 'content_group')].value)) end as content_group,
        case when event_name in ('page_view', 'screen_view') then topic_of(text_of_value(page_param)) end as page_word,
        case when event_name = 'view_search_results'
            then said(text_of_value(event_params[list_position(keys, 'search_term')].value)) end as search_term,
        whole_of_value(engagement_param) as engagement_msec,
        coalesce(id_of(ecommerce.transaction_id), id_of(text_of_value(transaction_param))) as transaction_id,
        text_of_value(currency_param) as currency,
        case when event_name <> 'purchase' or amount_of(ecommerce.purchase_revenue) is not null
                then amount_of(ecommerce.purchase_revenue)
            when upper(text_of_value(currency_param)) = 'USD' then coalesce(amount_of(ecommerce.purchase_revenue_in_usd),
                amount_of(number_of_value(event_params[list_position(keys, 'value')].value)), amount_of(event_value_in_usd))
            else amount_of(number_of_value(event_params[list_position(keys, 'value')].value)) end as purchase_revenue_amount,
        id_of(item.item_id) as item_id, item.item_name, item.item_category, item.item_brand, amount_of(item.price) as item_price_amount,
        coalesce(len(items), 0) as items_count, device.category as device_category,
        coalesce(channelled.source, manual.source, collected_traffic_source.manual_source,
            text_of_value(event_params[list_position(keys, 'source')].value)) as source,
        coalesce(channelled.medium, manual.medium, collected_traffic_source.manual_medium,
            text_of_value(event_params[list_position(keys, 'medium')].value)) as medium,
        coalesce(channelled.campaign_name, manual.campaign_name, collected_traffic_source.manual_campaign_name,
            text_of_value(event_params[list_position(keys, 'campaign')].value)) as campaign,
        channelled.default_channel_group as channel, geo.country, _landed_at as landed_at, _is_backfill as is_backfill
    from found
)
select 'ga4' as system, 'shop_customer_id' as user_type, event_id, event_at, event_at::date as event_date, event_name, user_pseudo_id,
    user_id, user_pseudo_id || '.' || ga_session_id::varchar as session_key, ga_session_id, page_location, page_title,
    case when content_group <> '(not set)' then lower(content_group)
        when page_word not in ('account', 'basket', 'cart', 'catalog', 'catalogue', 'category', 'categories', 'checkout', 'collection',
            'collections', 'home', 'index', 'item', 'items', 'login', 'logout', 'myaccount', 'my-account', 'order', 'orders',
            'ordercompleted', 'payment', 'product', 'products', 'product-category', 'register', 'search', 'shop', 'signin', 'signup',
            'store', 'thank-you', 'thanks', 'wishlist') then page_word end as page_topic,
    search_term, engagement_msec, transaction_id, purchase_revenue_amount, currency, item_id, item_name, item_category, item_brand,
    item_price_amount, items_count, device_category, source, medium, campaign, channel, country, null::varchar as brand,
    case when is_backfill then event_at else landed_at end as ingested_at, landed_at, is_backfill
from flat
where event_at <= $as_of;

-- the export may hold an event twice: the copy that was landed first holds
delete from staging.stg_all__events
where rowid in (
    select rowid from staging.stg_all__events
    where event_id in (select event_id from staging.stg_all__events group by event_id having count(*) > 1)
    qualify row_number() over (partition by event_id order by landed_at, is_backfill desc) > 1
) or ingested_at > $as_of;
