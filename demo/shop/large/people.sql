-- What a number says of a person. Persons share one space of numbers: accounts from 0, new ones above those of the fixed day, then buyers
-- without an account, then readers of the newsletter. Times are seconds since 1970.
create macro draw(number, salt) as (hash(number, salt, getvariable('seed')) % 1000003)::double / 1000003;
create macro spread(number, salt, low, high)
    as (low + (draw(number, salt) + draw(number, salt || ' too')) / 2 * (high - low))::bigint;
create macro pick(number, count) as (hash(number, 'pick', getvariable('seed')) % (count)::ubigint)::bigint;
create macro part(share, count) as least(floor(share * count)::bigint, count - 1);
create macro chosen(list, share) as list[1 + part(share, len(list))];
create macro place_of(edges, share) as len(list_filter(edges, lambda edge: edge <= share));
create macro at_time(second) as make_timestamp(second * 1000000);
create macro known(second) as case when second <= getvariable('now') then second end;

create macro first_guest() as getvariable('customers') * 11 // 10;
create macro first_reader() as getvariable('customers') * 12 // 10;
create macro after_readers() as getvariable('customers') * 25 // 20;
create macro has_account(person) as person < first_guest();
create macro buyers() as getvariable('customers') + getvariable('customers') // 10;
-- a few buy and look around far more than others; who does is scattered over all numbers
create macro buyer_of(share) as (
    (part(pow(share, 1.7), buyers()) * 2654435761 + 1) % buyers()
);
create macro person_of(place)
    as case when place < getvariable('customers') then place else first_guest() + place - getvariable('customers') end;

create macro joined_of(person) as case
    when person >= getvariable('customers') and person < first_guest() then getvariable('today') + 60 + (86000 * draw(person, 'joined'))::bigint
    else getvariable('today') - 7200 - ((1 - pow(draw(person, 'joined'), 0.8)) * 1095 * 86400)::bigint
end;
-- when somebody stops buying: some after two months, the others when they will
create macro left_of(person) as joined_of(person) + case
    when draw(person, 'tries it') < 0.25 then 60 * 86400
    else (90 - 450 * ln(1 - draw(person, 'stays') * 0.999))::bigint * 86400
end;

-- 3 of 100 live with the person of the number before
create macro shares_home(person) as person > 0 and draw(person, 'family') < 0.03;
create macro home_of(person) as case when shares_home(person) then person - 1 else person end;
create macro city_of(person) as place_of(city_edges(), draw(home_of(person), 'city'));
create macro category_of(person) as place_of(category_edges(), draw(person, 'category'));
create macro plain(name) as replace(replace(replace(replace(lower(strip_accents(name)), 'ł', 'l'), 'ß', 'ss'), ' ', ''), '''', '');
create macro surname(person) as chosen(syllables()[1], pow(draw(person, 'surname'), 1.4))
    || chosen(syllables()[2], draw(person, 'of name')) || chosen(syllables()[3], pow(draw(person, 'name''s end'), 1.4));

-- whose address somebody gives: their own, or that of the person they live with
create macro address_of(person, what, share) as case
    when shares_home(person) and draw(person, 'shares') >= share and draw(person, 'shares') < share + 0.4 then person - 1
    else person
end;
create macro office() as 1 + getvariable('customers') // 15000;

create macro written_email(email, share) as case
    when share < 0.80 then email
    when share < 0.91 then upper(email[1]) || email[2:]
    when share < 0.96 then ' ' || email || ' '
    else upper(email)
end;
create macro written_phone(phone, calling, trunk, share) as case
    when share < 0.30 or calling = '1' then phone
    when share < 0.55 then trunk || phone[len(calling) + 2:]
    when share < 0.75 then '00' || calling || ' ' || phone[len(calling) + 2:]
    when share < 0.90 then '+' || calling || ' ' || phone[len(calling) + 2:len(calling) + 4] || ' ' || phone[len(calling) + 5:]
    when share < 0.99 then trunk || phone[len(calling) + 2:len(calling) + 4] || '/' || phone[len(calling) + 5:]
    else 'unknown'
end;

create macro price_of(product) as (
    cheapest()[1 + product % 8]
    + ((dearest()[1 + product % 8] - cheapest()[1 + product % 8]) * pow(draw(product, 'price'), 2))::bigint // 10 * 10 + 9
);
create macro product_of(number, category) as 8 * part(pow(draw(number, 'product'), 2), getvariable('products') // 8)
    + case when draw(number, 'own category') < 0.7 then category else part(draw(number, 'category'), 8) end;
-- one to four products, of a number below 2^59
create macro lines_of(number, category, factor) as list_transform(
    range(1 + part(pow(draw(number, 'lines'), 2), 4)),
    lambda place: {
        'product': product_of(number * 8 + place, category),
        'quantity': 1 + case when draw(number * 8 + place, 'quantity') < 0.2 then 1 + part(draw(number * 8 + place, 'more'), 3) else 0 end,
        'cents': factor * price_of(product_of(number * 8 + place, category))
    }
);
create macro cents_of(lines) as list_sum(list_transform(lines, lambda line: line.quantity * line.cents));
create macro product_id(product) as 'P' || lpad(product::varchar, 6, '0');
create macro product_name(product) as chosen(brands(), draw(product, 'brand')) || ' '
    || chosen(things()[1 + product % 8], draw(product, 'thing')) || ' ' || product // 8;

create table people as
with numbers as (
    select number as person from range(0, getvariable('customers') + getvariable('new_customers')) as accounts (number)
    union all
    select number from range(first_guest(), after_readers()) as others (number)
),
homes as (
    select
        person, home_of(person) as home, city_of(person) as city, cities.country,
        address_of(person, 'email', 0.0) as email_person, address_of(person, 'phone', 0.4) as phone_person
    from numbers
    join cities on city_of(numbers.person) = cities.city
),
named as (
    select
        homes.*, countries.* exclude (country),
        case when draw(home, 'rare name') < 0.25 then chosen(last_names, draw(home, 'last')) else surname(home) end as last_name,
        list_transform([person, email_person], lambda one:
            chosen(first_names, draw(one, 'first')) || case when draw(one, 'two names') < 0.4 then '-' || chosen(first_names, draw(one, 'second')) else '' end
        ) as first_two
    from homes
    join countries using (country)
)
select
    person, city, country, first_two[1] as first_name, last_name,
    case
        when draw(person, 'office') < 0.004 then 'info@company' || pick(person, office()) || '.example'
        when draw(person, 'office') < 0.010 then plain(first_two[1]) || '.' || plain(last_name) || person || '@company' || pick(person, office() * 20) || '.example'
        else plain(first_two[2]) || '.' || plain(last_name) || email_person || '@example.' || ['com', 'org', 'net'][1 + pick(email_person, 3)]
    end as email,
    case
        when draw(phone_person, 'gives phone') < 0.25 then null
        when draw(person, 'office phone') < 0.004 then '+' || calling || mobile[1] || lpad((7 * pick(person, office()))::varchar, digits::int, '1')
        else '+' || calling || mobile[1 + (phone_person // pow(10, digits)::bigint) % len(mobile)]
            || lpad(((phone_person % pow(10, digits)::bigint) * 7919 % pow(10, digits)::bigint)::varchar, digits::int, '0')
    end as phone
from named;
