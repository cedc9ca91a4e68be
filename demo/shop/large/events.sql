-- The events of one day, in the export's columns.
select * from ga4_events -- empty
union all by name
select * from (
with others as (
    select
        number, getvariable('day') * 86400 + (
            getvariable('hours') * 3600 * (0.06 + 0.9 * (draw(number, 'second') + draw(number, 'second too') + draw(number, 'third')) / 3)
        )::bigint as started_at,
        person_of(buyer_of(draw(number, 'visitor'))) as person
    from range(getvariable('first_visit'), getvariable('after_visit')) as numbers (number)
),
told as (
    -- whoever has left, or has not come yet, is nobody: a device without a name
    select
        *, draw(number, 'nobody') < 0.4 or joined_of(person) > started_at or left_of(person) + 5184000 < started_at as is_nobody
    from others
),
visits as (
    select
        number * 2 as visit, case when not is_nobody then person end as person, started_at, null::bigint as order_number,
        case
            when draw(number, 'way') < 0.30 then 'bounce' when draw(number, 'way') < 0.65 then 'browse'
            when draw(number, 'way') < 0.75 then 'search' when draw(number, 'way') < 0.90 then 'cart'
            when draw(number, 'way') < 0.95 then 'checkout' else 'guide'
        end as template,
        case
            when is_nobody then 2 * after_readers() + part(pow(draw(number, 'device'), 1.5), 2 * getvariable('customers'))
            else 2 * person + part(draw(number, 'which device'), devices_of(person))
        end as device,
        not is_nobody and has_account(person) and draw(number, 'logs in') < 0.45 as is_known,
        city_of(person) as city, category_of(person) as category, null as lines, null::bigint as total, null::bigint as tax, null::bigint as shipping
    from told
    union all
    select
        number * 2 + 1, person, placed_at, number, 'purchase', 2 * person + part(draw(number, 'which device'), devices_of(person)),
        has_account(person) and not is_guest, city_of(person), category_of(person), lines, total, tax, shipping
    from bought
    where placed_at >= getvariable('day') * 86400 and placed_at < getvariable('day') * 86400 + 86400
),
dressed as (
    select
        visits.* exclude (lines), cities.geo, cities.country, countries.factor, countries.currency, makes.device as machine, sources.campaign, sources.medium, sources.site,
        coalesce(visits.lines, case when template in ('cart', 'checkout') then lines_of(visit, category, countries.factor)[:2] end) as lines,
        draw(visit, 'no cookie') >= 0.02 as has_session, greatest(started_at, getvariable('day') * 86400 + 400) as settled
    from visits
    join cities on visits.city = cities.city
    join countries on cities.country = countries.country
    join makes on part(draw(visits.device, 'make'), 64) = makes.make and cities.country = makes.country
    join sources on part(pow(draw(visit, 'source'), 1.5), 5) = sources.source
),
stepped as (
    select
        dressed.*, steps.event_name, steps.place, visit * 8 + steps.place as event,
        (settled + steps.seconds) * 1000000 + (999000 * draw(visit * 8 + steps.place, 'fraction'))::bigint as stamp,
        event_name in ('begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase') as is_checkout, event_name = 'purchase' as is_purchase,
        case
            when event_name in ('begin_checkout', 'add_shipping_info', 'add_payment_info', 'purchase') then lines
            when event_name = 'add_to_cart' then lines[:1]
            when event_name = 'view_item' then coalesce(lines[:1], [{
                'product': product_of(visit * 8 + steps.place, category), 'quantity': 1,
                'cents': factor * price_of(product_of(visit * 8 + steps.place, category))
            }])
        end as basket
    from dressed
    join steps using (template)
),
valued as (
    select *, case when is_purchase then total else cents_of(basket) end / 100 as value
    from stepped
    where not (getvariable('is_late_out') and draw(event, 'comes late') < 0.01)
),
repeated as (
    select *, unnest(range(if(draw(event, 'twice') < 0.0002, 2, 1))) as copy
    from valued
)
select
    strftime(make_timestamp(getvariable('day') * 86400000000), '%Y%m%d') as event_date, stamp as event_timestamp, event_name,
    list_filter([
        text_param('page_location', 'https://shop.example.com' || case
            when event_name in ('view_item', 'add_to_cart') then '/p/' || product_id(basket[1].product)
            when template = 'guide' and place = 2 then '/guides/' || replace(lower(category_names()[1 + category]), ' ', '-')
            when is_purchase then '/thank-you' when is_checkout then '/checkout' when event_name = 'view_item_list' then '/c/all'
            when event_name = 'view_search_results' then '/search' else '/' end),
        text_param('page_title', event_name),
        if(template = 'guide' and place = 2, text_param('content_group', category_names()[1 + category]), null),
        if(event_name = 'view_search_results', text_param('search_term', lower(chosen(things()[1 + category], draw(visit, 'term')))), null),
        if(has_session, whole_param('ga_session_id', settled + if(template = 'purchase', -400, 0)), null),
        if(has_session, whole_param('ga_session_number', 1 + visit % 5), null),
        if(draw(visit, 'as number') < 0.08, whole_param('session_engaged', 1), text_param('session_engaged', '1')),
        whole_param('engagement_time_msec', 200 + (40000 * draw(event, 'msec'))::bigint),
        if(place <= 1, text_param('campaign', campaign), null), if(place <= 1, text_param('medium', medium), null),
        if(place <= 1, text_param('source', site), null),
        if(is_purchase and draw(order_number, 'not set') >= 0.015, text_param('transaction_id', order_id(order_number)), null),
        if(is_purchase, real_param('tax', tax / 100), null), if(is_purchase, real_param('shipping', shipping / 100), null),
        if(basket is not null, text_param('currency', currency), null),
        case when value = floor(value) then whole_param('value', value::bigint) when value is not null then real_param('value', value) end,
        if(event_name = 'add_payment_info', text_param('payment_type', 'card'), null)
    ], lambda param: param is not null) as event_params,
    (event % 100000)::bigint as event_bundle_sequence_id, (900000 * draw(event, 'offset'))::bigint as event_server_timestamp_offset,
    if(is_known, 'C' || lpad(person::varchar, 9, '0'), null) as user_id, pseudo_id(device) as user_pseudo_id,
    {'analytics_storage': 'Yes', 'ads_storage': 'Yes', 'uses_transient_token': 'No'} as privacy_info, [] as user_properties,
    (settled - (86400 * 90 * draw(device, 'since'))::bigint) * 1000000 as user_first_touch_timestamp, machine as device, geo,
    {'name': campaign, 'medium': medium, 'source': site} as traffic_source, '2051234567' as stream_id, 'WEB' as platform,
    {
        'total_item_quantity': list_sum(list_transform(basket, lambda line: line.quantity))::bigint, 'purchase_revenue_in_usd': null::double,
        'purchase_revenue': if(is_purchase and draw(order_number, 'no revenue') >= 0.008, total / 100, null), 'refund_value_in_usd': null::double,
        'refund_value': null::double, 'shipping_value_in_usd': null::double, 'shipping_value': if(is_purchase, shipping / 100, null),
        'tax_value_in_usd': null::double, 'tax_value': if(is_purchase, tax / 100, null), 'unique_items': len(basket)::bigint,
        'transaction_id': case when is_purchase and draw(order_number, 'not set') < 0.015 then '(not set)' when is_purchase then order_id(order_number) end
    } as ecommerce,
    list_transform(coalesce(basket, []), lambda line: exported_item(line, is_purchase)) as items, true as is_active_user,
    (1 + place)::bigint as batch_event_index
from repeated
union all by name
-- events of nobody at no time
select strftime(make_timestamp(getvariable('day') * 86400000000), '%Y%m%d') as event_date, 'page_view' as event_name, 'WEB' as platform, number::bigint as event_bundle_sequence_id
from range(getvariable('first_visit') // 30000, getvariable('after_visit') // 30000) as numbers (number)
)
