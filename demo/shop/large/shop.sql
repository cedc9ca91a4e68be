-- The tables of the shop as they stand by now. `touched`: when a row last changed, in seconds.
create view shop_customers as
with told as (
    select
        people.*, joined_of(person) as joined, countries.code, countries.calling, countries.trunk,
        case when draw(person, 'edits') < 0.2 then known(joined_of(person) + spread(person, 'edited', 432000, 69120000)) end as edited
    from people
    join countries using (country)
    where has_account(person)
)
select
    'C' || lpad(person::varchar, 9, '0') as customer_id, written_email(email, draw(person, 'account email')) as email,
    written_phone(phone, calling, trunk, draw(person + (edited is not null)::bigint, 'account phone')) as phone, first_name, last_name,
    code as country_code, at_time(joined) as created_at, at_time(coalesce(edited, joined)) as updated_at,
    coalesce(edited, joined) as touched
from told;

create view shop_products as
with counted as (
    select product, (getvariable('now') // 86400 - pick(product, 9))::bigint * 86400 as touched
    from range(0, getvariable('products')) as numbers (product)
)
select
    product_id(product) as product_id, product_name(product) as name, category_names()[1 + product % 8] as category,
    chosen(brands(), draw(product, 'brand')) as brand, (price_of(product) / 100)::decimal(18, 4) as price_amount, 'EUR' as currency,
    case when draw(product, 'sold out') < 0.04 then 0 else (200 * draw(product + touched, 'stock'))::int end as stock_quantity,
    at_time(getvariable('today') - 1200 * 86400 - product) as created_at, at_time(touched) as updated_at, touched
from counted;

create view order_states as
select
    *, 'O' || lpad(number::varchar, 10, '0') as id,
    greatest(placed_at, known(paid), known(shipped), known(delivered), known(cancelled), visible) as touched
from orders
where visible <= getvariable('now');

create view shop_orders as
select
    id as order_id, case when not is_guest then 'C' || lpad(person::varchar, 9, '0') end as customer_id,
    written_email(email, draw(number, 'email')) as email,
    case when draw(number, 'gives phone') < 0.6 then written_phone(phone, calling, trunk, draw(number, 'phone')) end as phone,
    case
        when is_spoiled(number, 'status') then 'lost_in_space' when known(cancelled) is not null then 'cancelled'
        when known(delivered) is not null then 'delivered' when known(shipped) is not null then 'shipped'
        when known(paid) is not null then 'paid' else 'pending'
    end as status,
    currency, (discount / 100)::decimal(18, 4) as discount_amount, (shipping / 100)::decimal(18, 4) as shipping_amount,
    (tax / 100)::decimal(18, 4) as tax_amount, (total / 100)::decimal(18, 4) as total_amount,
    case when percent > 0 then 'WELCOME' || 1 + pick(number, 6) end as coupon_code, code as country_code,
    case when is_spoiled(number, 'day') then timestamp '1970-01-01' else at_time(placed_at) end as ordered_at, at_time(touched) as updated_at, touched
from (from order_states select id, number, person, is_guest, currency, discount, shipping, tax, total, percent, code, placed_at, paid, shipped, delivered, cancelled, touched) as states
join (from people select person, email, phone, country) as buyers using (person)
join (from countries select country, calling, trunk) as ways using (country);

create view shop_order_lines as
with placed as (select id, number, visible, factor, unnest(lines) as line, unnest(range(len(lines))) as place from order_states)
select
    'L' || id[2:] || '-' || place + 1 as order_line_id, id as order_id, product_id(line.product) as product_id,
    (case when is_spoiled(number * 4 + place, 'quantity') then -2 else line.quantity end)::int as quantity,
    (line.cents / 100)::decimal(18, 4) as unit_price_amount, 0::decimal(18, 4) as discount_amount, at_time(visible) as updated_at,
    visible as touched
from placed;

create view refunded_states as
select *, greatest(refunded, visible) as entered from order_states where greatest(refunded, visible) <= getvariable('now') and refunded is not null and refund > 0;

create view shop_refunds as
select
    'R' || id[2:] as refund_id, id as order_id, (refund / 100)::decimal(18, 4) as amount,
    case when cancelled is not null then 'cancelled' else ['damaged', 'wrong size', 'changed mind', 'arrived too late'][1 + pick(number, 4)] end
        as reason,
    at_time(refunded) as refunded_at, at_time(entered) as updated_at, entered as touched
from refunded_states;

create view shop_refund_lines as
with placed as (
    select *, unnest(case when refund < total then lines[:1] else lines end) as line,
        unnest(range(case when refund < total then 1 else len(lines) end)) as place
    from refunded_states
)
select
    'R' || id[2:] || '-' || place + 1 as refund_line_id, 'R' || id[2:] as refund_id, id as order_id,
    'L' || id[2:] || '-' || place + 1 as order_line_id, line.quantity::int as quantity,
    ((case when refund < total then refund else (line.quantity * line.cents * (100 - percent)) // 100 end) / 100)::decimal(18, 4) as amount,
    at_time(entered) as updated_at, entered as touched
from placed;

create view shop_shipments as
with packed as (
    select *, greatest(paid, shipped - 14400) as packed from order_states where shipped is not null
)
select
    'S' || id[2:] as shipment_id, id as order_id,
    case
        when known(returned) is not null then 'returned' when known(delivered) is not null then 'delivered'
        when known(shipped) is not null then 'shipped' else 'packed'
    end as status,
    at_time(known(shipped)) as shipped_at, at_time(known(delivered)) as delivered_at,
    at_time(greatest(packed, known(shipped), known(delivered), known(returned), visible)) as updated_at,
    greatest(packed, known(shipped), known(delivered), known(returned), visible) as touched
from packed
where packed <= getvariable('now');
