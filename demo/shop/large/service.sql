-- The tables of the customer service by now: what people say of an order, and now and then of nothing
create view voices as
with felt as (
    select
        number, person, id, code, is_guest, placed_at, delivered, lines[1].product as product, refunded is not null and cancelled is null as is_back, refunded,
        paid, coalesce(shipped - paid > 432000, false) as is_late
    from order_states
)
select
    felt.*, is_back or is_late as is_bad, people.email,
    case when not is_guest and draw(number, 'by account') < 0.5 then 'C' || lpad(felt.person::varchar, 9, '0') end as customer_id
from felt
join (from people select person, email) as people using (person);

create view service_tickets as
with asked as (
    select
        *, spread(number, 'asks when', 0, 72000)
            + case when is_back then refunded - 108000 when is_late then paid + 432000 else placed_at + 10800 end as opened
    from voices
    where draw(number, 'asks') < case when is_back then 0.45 when is_late then 0.4 else 0.035 end
),
lived as (
    select *, opened + spread(number, 'answered', 7200, 108000) as answered,
        opened + 108000 + case when draw(number, 'forgotten') < 0.03 then 5184000 else spread(number, 'solved', 3600, 518400) end as solved
    from asked
    where opened <= getvariable('now')
)
select
    'T' || lpad(number::varchar, 10, '0') as ticket_id, customer_id, email, code as country_code, null::varchar as phone,
    ['email', 'chat', 'phone'][1 + pick(number, 3)] as channel,
    case when is_back then 'I would like to return this' when is_late then 'Where is my order?' else 'A question about a product' end as subject,
    case when is_back then 'return' when is_late then 'delivery' else 'product' end as category,
    if(draw(number, 'urgent') < 0.12, 'high', 'normal') as priority,
    case when known(solved + 604800) is not null then 'closed' when known(solved) is not null then 'solved'
        when known(answered) is not null then 'pending' else 'open' end as status,
    draw(number, 'complains') < if(is_bad, 0.6, 0.08) as is_complaint, id as order_id, at_time(opened) as opened_at,
    at_time(known(solved)) as solved_at, at_time(greatest(opened, known(answered), known(solved), known(solved + 604800))) as updated_at,
    greatest(opened, known(answered), known(solved), known(solved + 604800)) as touched
from lived;

create view service_reviews as
select
    'V' || lpad(number::varchar, 10, '0') as review_id, customer_id, email, code as country_code, product_id(product) as product_id,
    id as order_id, greatest(1, 5 - (if(is_bad, 4.9, 3) * pow(draw(number, 'rating'), if(is_bad, 0.7, 2)))::int) as rating,
    ['Not what I had hoped for', 'Does what it should', 'Good', 'Would buy it again'][1 + pick(number, 4)] as text,
    at_time(touched) as created_at, at_time(touched) as updated_at, touched
from (from voices select *, delivered + spread(number, 'reviews when', 172800, 2073600) as touched)
where draw(number, 'reviews') < 0.08 and touched <= getvariable('now');

create view service_surveys as
select
    'N' || lpad(number::varchar, 10, '0') as survey_id, customer_id, email, code as country_code, 'nps' as kind,
    least(10, (if(is_bad, 0, 4.5) + draw(number, 'nps') * if(is_bad, 8, 6.5))::int) as score, null::varchar as comment,
    at_time(touched) as answered_at, at_time(touched) as updated_at, touched
from (from voices select *, delivered + spread(number, 'nps when', 259200, 1036800) as touched)
where draw(number, 'answers nps') < 0.06 and touched <= getvariable('now');
