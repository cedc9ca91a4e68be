-- How visits go, step by step, and the orders whose purchase the web saw, in order of time so that a day finds its own.
create table steps as
select * from (values
    ('bounce', 0, 'session_start', 0), ('bounce', 1, 'page_view', 1),
    ('browse', 0, 'session_start', 0), ('browse', 1, 'page_view', 1), ('browse', 2, 'view_item_list', 40), ('browse', 3, 'view_item', 90),
    ('browse', 4, 'view_item', 200),
    ('search', 0, 'session_start', 0), ('search', 1, 'page_view', 1), ('search', 2, 'view_search_results', 30), ('search', 3, 'view_item', 70),
    ('cart', 0, 'session_start', 0), ('cart', 1, 'page_view', 1), ('cart', 2, 'view_item', 60), ('cart', 3, 'add_to_cart', 150),
    ('checkout', 0, 'session_start', 0), ('checkout', 1, 'page_view', 1), ('checkout', 2, 'view_item', 50),
    ('checkout', 3, 'add_to_cart', 120), ('checkout', 4, 'begin_checkout', 180), ('checkout', 5, 'add_shipping_info', 240),
    ('guide', 0, 'session_start', 0), ('guide', 1, 'page_view', 1), ('guide', 2, 'page_view', 100),
    ('purchase', 0, 'session_start', -400), ('purchase', 1, 'page_view', -399), ('purchase', 2, 'view_item', -300),
    ('purchase', 3, 'add_to_cart', -200), ('purchase', 4, 'begin_checkout', -100), ('purchase', 5, 'add_payment_info', -40),
    ('purchase', 6, 'purchase', 0)
) as steps (template, place, event_name, seconds);

create table bought as
select number, person, placed_at, is_guest, lines, total, tax, shipping, percent, currency, factor, country
from orders
where placed_at >= getvariable('web_start') and placed_at < getvariable('now') and draw(number, 'tracked') < getvariable('tracked')
order by placed_at;

create macro devices_of(person) as case when draw(person, 'second device') < 0.35 then 2 else 1 end;
create macro pseudo_id(device) as (device * 2654435761) % 2147483648 || '.' || 1690000000 + device * 40503 % 90000000;

create macro param(name, words, whole, broken) as
    {'key': name, 'value': {'string_value': words::varchar, 'int_value': whole::bigint, 'float_value': null::double, 'double_value': broken::double}};
create macro text_param(name, words) as param(name, words, null, null);
create macro whole_param(name, number) as param(name, null, number, null);
create macro real_param(name, number) as param(name, null, null, number);
create macro exported_item(line, is_purchase) as {
    'item_id': product_id(line.product), 'item_name': product_name(line.product), 'item_brand': chosen(brands(), draw(line.product, 'brand')),
    'item_category': category_names()[1 + line.product % 8], 'price': line.cents / 100, 'quantity': line.quantity,
    'item_revenue': if(is_purchase, line.cents * line.quantity / 100, null)
};
