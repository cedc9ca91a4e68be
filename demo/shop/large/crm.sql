-- The tables of the CRM by now: nine of ten accounts and all readers are in the CRM, some twice, with other spellings
create view contact_states as
with listed as (
    select *, unnest(case when draw(person, 'twice') < 0.07 then [0, 1] else [0] end) as double
    from people
    where (has_account(person) and draw(person, 'in crm') < 0.9) or person >= first_reader()
),
created as (
    select
        listed.* exclude (double), double = 1 as is_double, person * 2 + double as number,
        joined_of(person) + spread(person * 2 + double, 'entered', 60, 21600)
            + case when double = 1 then spread(person, 'entered again', 172800, 21600000) else 0 end as created
    from listed
)
select
    created.*, countries.code, countries.calling, countries.trunk, cities.name as city_name, cities.time_zone,
    case when draw(number, 'edits') < 0.25 then known(created + spread(number, 'edited', 259200, 43200000)) end as edited
from created
join countries using (country)
join cities using (city)
where created.created <= getvariable('now');

create view crm_contacts as
select
    'K' || lpad(number::varchar, 9, '0') as contact_id,
    case when has_account(person) and draw(number, 'linked') < case when is_double then 0.1 else 0.6 end
        then 'C' || lpad(person::varchar, 9, '0') end as shop_customer_id,
    case when draw(number, 'no email') >= 0.03 then written_email(email, draw(number, 'email')) end as email,
    written_phone(phone, calling, trunk, draw(number * 2 + (edited is not null)::bigint, 'phone')) as phone, first_name,
    case
        when not is_double or draw(number, 'slip') < 0.4 then last_name
        when draw(number, 'slip') < 0.6 then upper(last_name)
        when draw(number, 'slip') < 0.8 then last_name[:len(last_name) - 2] || last_name[-1] || last_name[-2]
        else strip_accents(last_name)
    end as last_name,
    case when draw(person, 'knows birth') < 0.5 then date '2006-01-01' - (17520 * draw(person, 'born'))::int end as birth_date,
    city_name as city, code as country_code,
    case when draw(person, 'office') between 0.004 and 0.010 then 'Company ' || pick(person, office() * 20) end as company_name, time_zone,
    case when draw(number, 'channel') < 0.6 then null when draw(number, 'channel') < 0.9 then 'email' else 'sms' end as preferred_channel,
    at_time(created) as created_at, at_time(coalesce(edited, created)) as updated_at, coalesce(edited, created) as touched
from contact_states;

create view crm_consents as
with asked as (
    select
        number, created, unnest([
            {'channel': 'email', 'purpose': 'marketing', 'place': 0, 'is_asked': true, 'chance': 0.74},
            {'channel': 'sms', 'purpose': 'marketing', 'place': 1, 'is_asked': phone is not null, 'chance': 0.47},
            {'channel': 'email', 'purpose': 'transactional', 'place': 2, 'is_asked': has_account(person), 'chance': 0.99},
            {'channel': 'sms', 'purpose': 'transactional', 'place': 3, 'is_asked': has_account(person) and phone is not null, 'chance': 0.6}
        ], recursive := true)
    from contact_states
),
answered as (
    select
        *, number * 4 + place as key, draw(number * 4 + place, 'gives') < chance as gives,
        case when draw(number * 4 + place, 'gives') < chance and draw(number * 4 + place, 'fickle') < if(purpose = 'marketing', 0.12, 0.01)
            then created + spread(number * 4 + place, 'withdrawn', 432000, 43200000) end as withdrawn
    from asked
    where is_asked
),
turned as (
    select
        *, unnest([
            {'turn': 0, 'status': if(gives, 'granted', 'withdrawn'), 'touched': if(gives or draw(key, 'refuses') < 0.5, created, null)},
            {'turn': 1, 'status': 'withdrawn', 'touched': withdrawn},
            {'turn': 2, 'status': 'granted', 'touched': if(draw(key, 'back') < 0.25, withdrawn + spread(key, 'again', 1296000, 8640000), null)}
        ], recursive := true)
    from answered
)
select
    'G' || lpad(key::varchar, 10, '0') || '-' || turn as consent_id, 'K' || lpad(number::varchar, 9, '0') as contact_id, channel, purpose, status,
    at_time(touched) as recorded_at, at_time(touched) as updated_at, touched
from turned
where touched <= getvariable('now');
