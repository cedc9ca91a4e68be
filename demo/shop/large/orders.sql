-- The orders that there are by now, with their life: at most one row in memory at a time is wide, so any number fits. Money in cents of the
-- country's currency, times in seconds; what has not happened yet is NULL only where it is cut off by `known`.
-- Who ordered and when: a time of a whole life, so that nobody orders more because today is near. One that is still to come is no order,
-- and is drawn again; after eight of them it is a time of the life so far.
create macro buyer_at(draw_number) as person_of(buyer_of(draw(draw_number, 'who')))::bigint;
create macro bought_at(draw_number) as joined_of(buyer_at(draw_number))
    + draw(draw_number, 'when') * (left_of(buyer_at(draw_number)) - joined_of(buyer_at(draw_number)));
create macro bought_by_now(draw_number) as case when bought_at(draw_number) < getvariable('today') then draw_number end;
create table orders as
with numbered as (
    select
        number, number >= getvariable('orders') as is_new,
        case when number < getvariable('orders') then coalesce(
            bought_by_now(8 * number), bought_by_now(8 * number + 1), bought_by_now(8 * number + 2), bought_by_now(8 * number + 3),
            bought_by_now(8 * number + 4), bought_by_now(8 * number + 5), bought_by_now(8 * number + 6), bought_by_now(8 * number + 7)
        ) end as drawn
    from range(0, getvariable('orders') + getvariable('new_orders')) as numbers (number)
),
drawn as (
    select
        number, is_new, drawn,
        case
            when is_new and draw(number, 'newcomer') < 0.1 and getvariable('new_customers') > 0
                then getvariable('customers') + pick(number, greatest(getvariable('new_customers'), 1))
            else buyer_at(coalesce(drawn, 8 * number))
        end::bigint as person
    from numbered
),
timed as (
    select
        drawn.*, joined_of(person) as joined, (6 + 14 * draw(person, 'hour')) * 3600 as own_second,
        case
            when drawn is not null then bought_at(drawn)
            else joined_of(person) + draw(number, 'when') * (least(left_of(person), getvariable('today')) - joined_of(person))
        end as roughly
    from drawn
),
placed as (
    select
        number, person, is_new,
        case
            when is_new then getvariable('today') + (86300 * draw(number, 'when'))::bigint
            else greatest(joined + 60, roughly::bigint // 86400 * 86400 + (own_second + spread(number, 'second', -10000, 10000))::bigint)
        end as placed_at
    from timed
),
filled as (
    select
        -- nothing happens after now: what the day had later was on the day before
        case when not is_new and placed_at >= getvariable('today') then placed_at - 86400 else placed_at end as placed_at,
        placed.number, placed.person, cities.country, countries.code, countries.currency, countries.vat,
        countries.factor, lines_of(placed.number, category_of(placed.person), countries.factor) as lines,
        case when draw(placed.number, 'coupon') < 0.18 then 10 else 0 end as percent
    from placed
    join cities on city_of(placed.person) = cities.city
    join countries using (country)
),
summed as (
    select
        *, cents_of(lines)::bigint as goods, (cents_of(lines)::bigint * percent + 50) // 100 as discount,
        placed_at + case when draw(number, 'transfer') < 0.12 then spread(number, 'slow', 43200, 216000) else spread(number, 'fast', 10, 180) end as would_pay,
        draw(number, 'fate') as fate
    from filled
),
lived as (
    select
        *, case when goods - discount >= 5000 * factor then 0 else 490 * factor end as shipping,
        case when fate < 0.012 then null else would_pay end as paid,
        case when fate < 0.03 then null else would_pay
            + case when draw(number, 'late') < 0.05 then spread(number, 'late by', 518400, 1382400) else spread(number, 'packing', 18000, 180000) end
        end as shipped,
        case when fate < 0.012 then placed_at + 604800 when fate < 0.03 then would_pay + spread(number, 'regret', 1800, 14400) end as cancelled
    from summed
),
delivered as (
    select *, goods - discount + shipping as total, shipped + spread(number, 'way', 72000, 432000) as delivered
    from lived
),
returned as (
    select *, case when fate > 0.965 then delivered + spread(number, 'way back', 345600, 1555200) end as returned
    from delivered
)
select
    number, person, code, currency, lines, percent, discount, shipping, total, (total * vat + (100 + vat) // 2) // (100 + vat) as tax,
    country, factor, not has_account(person) or draw(number, 'as guest') < 0.03 as is_guest, placed_at,
    paid, shipped, delivered, returned, cancelled,
    case when fate >= 0.012 and fate < 0.03 then cancelled + 10800 when fate > 0.95 then coalesce(returned, delivered) + 172800 end as refunded,
    case when fate > 0.95 and draw(number, 'part') < 0.4 then least(lines[1].quantity * lines[1].cents, total) else total end as refund,
    placed_at + case when draw(number, 'appears late') < 0.005 then spread(number, 'days late', 172800, 345600) else 0 end as visible
from returned;

create macro order_id(number) as 'O' || lpad(number::varchar, 10, '0');
-- what a clerk should never have been able to write: two of a hundred thousand
create macro is_spoiled(number, salt) as draw(number, salt) < 0.00002;
