-- By hand, in one file for all that is known of each person: addresses, consents, who must not be written to, the golden record, orders,
-- engagement, tickets, surveys, reviews, and the profile itself.
create table profiles.addresses as
with bounced as (
    select channel, address from staging.stg_feedback__engagements where status = 'bounced' and address is not null
    union
    select channel, address from staging.stg_feedback__suppressions where reason = 'bounced' and address is not null
),
granting as (
    select person_type, person_id, channel from staging.stg_all__consents where purpose = 'marketing'
    group by all having arg_max(status, (recorded_at, status)) = 'granted'
),
consented as (
    select distinct channel, case channel when 'sms' then phone else email end as address
    from granting join staging.stg_all__persons using (person_type, person_id)
),
described as (
    select profile_id, case identifier_type when 'phone' then 'sms' else 'email' end as channel, identifier_value as address, is_shared,
        first_seen_at, last_seen_at
    from identity.identifiers where identifier_type in ('email', 'phone')
),
marked as (
    select described.*, bounced.address is not null as is_bounced, consented.address is not null as has_consent
    from described left join bounced using (channel, address) left join consented using (channel, address)
),
mains as (
    select profile_id, channel, arg_min(address, (is_bounced, not has_consent, is_shared, -epoch_us(last_seen_at), address)) as main
    from marked group by all
)
select profile_id, channel, address, is_shared, is_bounced, has_consent, first_seen_at, last_seen_at, address = main as is_main
from marked join mains using (profile_id, channel);

-- each record's last word counts, and of several records the most restrictive
create table profiles.consents as
with last_words as (
    select person_type, person_id, channel, purpose, arg_max(status, (recorded_at, status, consent_id)) as status,
        max(recorded_at) as recorded_at
    from staging.stg_all__consents group by all
)
select profile_id, channel, purpose, bool_and(status = 'granted') as is_granted, max(recorded_at) as stated_at, count(*) as contacts_count
from last_words join work.people on person_type = record_type and person_id = record_id
group by all;

create table profiles.suppressions as
with engagements as (
    select * from staging.stg_feedback__engagements where status in ('bounced', 'complained', 'unsubscribed')
),
said as (
    select current_profile_id as profile_id, engagements.channel, engagements.status as reason, occurred_at as since_at
    from engagements
    join staging.stg_feedback__deliveries as deliveries using (message_id)
    join identity.profile_ids as ids on deliveries.profile_id = ids.profile_id
    left join profiles.addresses as addresses
        on current_profile_id = addresses.profile_id and engagements.channel = addresses.channel and engagements.address = addresses.address
    where engagements.status <> 'bounced' or coalesce(is_main, true)
    union all
    select profile_id, channel, told.reason, since_at
    from (
        select channel, address, status as reason, occurred_at as since_at from engagements
        union all
        select channel, address, reason, said_at from staging.stg_feedback__suppressions
    ) as told
    join profiles.addresses using (channel, address)
    where told.reason <> 'bounced' or is_main
    union all
    select current_profile_id, channel, 'unsubscribed', updated_at
    from staging.stg_feedback__deliveries as deliveries join identity.profile_ids as ids using (profile_id)
    where status = 'rejected' and error_code = 'opted_out'
)
select profile_id, channel, arg_min(reason, (since_at, reason)) as reason, min(since_at) as since_at from said group by all;

-- of each group of fields the record that holds: most complete name and address, most trusted date of birth, else the latest
create table profiles.golden_records as
with records as (
    select profile_id, system || ':' || person_id as record, system, updated_at, said(first_name) as first_name,
        said(last_name) as last_name, said(street) as street, said(postal_code) as postal_code, said(city) as city,
        said(country_code) as country_code, birth_date, said(company_name) as company_name, said(time_zone) as time_zone,
        said(preferred_channel) as preferred_channel, said(brand) as brand, system as by_system, person_type, person_id
    from staging.stg_all__persons join work.people on person_type = record_type and person_id = record_id
),
-- most people have one record, of which nothing has to be compared
several as (select profile_id from records group by all having count(*) > 1),
survived as (
    select profile_id, count(*) as records_count, count(distinct brand) as brands_count,
        arg_max({f: first_name, l: last_name, r: record, u: updated_at}, ((first_name is not null)::int + (last_name is not null)::int,
            updated_at, system, person_type, person_id)) filter (where first_name is not null or last_name is not null) as named,
        arg_max({s: street, p: postal_code, c: city, k: country_code, r: record, u: updated_at}, ((street is not null)::int
            + (postal_code is not null)::int + (city is not null)::int + (country_code is not null)::int, updated_at, system, person_type,
            person_id)) filter (where coalesce(street, postal_code, city, country_code) is not null) as placed,
        arg_max({v: country_code, r: record, u: updated_at}, (updated_at, system, person_type, person_id))
            filter (where country_code is not null) as of_country,
        arg_max({v: birth_date, r: record, u: updated_at}, (case system when 'crm' then 5 when 'shop' then 1 else 0 end, updated_at, system,
            person_type, person_id)) filter (where birth_date is not null) as born,
        arg_max({v: company_name, r: record, u: updated_at}, (updated_at, system, person_type, person_id))
            filter (where company_name is not null) as employed,
        arg_max({v: time_zone, r: record, u: updated_at}, (updated_at, system, person_type, person_id))
            filter (where time_zone is not null) as zoned,
        arg_max({v: preferred_channel, r: record, u: updated_at}, (updated_at, system, person_type, person_id))
            filter (where preferred_channel is not null) as preferring,
        arg_max({v: brand, r: record, u: updated_at}, (updated_at, system, person_type, person_id))
            filter (where brand is not null) as branded
    from records semi join several using (profile_id)
    group by profile_id
)
select profile_id, 1 as records_count, (brand is not null)::int as brands_count, first_name, last_name,
    case when first_name is not null or last_name is not null then record end as name_source,
    case when first_name is not null or last_name is not null then updated_at end as name_stated_at, street, postal_code, city, country_code,
    case when coalesce(street, postal_code, city, country_code) is not null then record end as address_source,
    case when coalesce(street, postal_code, city, country_code) is not null then updated_at end as address_stated_at,
    null::varchar as country_source, null::timestamp as country_stated_at, birth_date,
    case when birth_date is not null then record end as birth_date_source,
    case when birth_date is not null then updated_at end as birth_date_stated_at, company_name,
    case when company_name is not null then record end as company_name_source,
    case when company_name is not null then updated_at end as company_name_stated_at, time_zone,
    case when time_zone is not null then record end as time_zone_source,
    case when time_zone is not null then updated_at end as time_zone_stated_at, preferred_channel,
    case when preferred_channel is not null then record end as preferred_channel_source,
    case when preferred_channel is not null then updated_at end as preferred_channel_stated_at, brand,
    case when brand is not null then record end as brand_source, case when brand is not null then updated_at end as brand_stated_at
from records anti join several using (profile_id)
union all
select profile_id, records_count, brands_count, named.f, named.l, named.r, named.u, placed.s, placed.p, placed.c,
    coalesce(placed.k, of_country.v), placed.r, placed.u, case when placed.k is null then of_country.r end,
    case when placed.k is null then of_country.u end, born.v, born.r, born.u, employed.v, employed.r, employed.u, zoned.v, zoned.r, zoned.u,
    preferring.v, preferring.r, preferring.u, branded.v, branded.r, branded.u
from survived;

create table work.rates as
with rates as (
    select currency, valid_from, rate, lead(valid_from, 1, date '9999-12-31') over (partition by currency order by valid_from) as valid_until
    from ours.seeds.exchange_rates where currency <> 'EUR'
)
select currency, valid_from, valid_until, rate / 1 as exchange_rate from rates;

create table profiles.profile_orders as
with refunds as (
    select order_id, sum(amount)::decimal(18, 4) as refunded_amount, max(refunded_at) as refunded_at
    from staging.stg_all__refunds group by order_id
),
refund_lines as (select order_id, count(*) as lines_count from staging.stg_all__refund_lines group by order_id),
owned as (
    select orders.order_id, orders.customer_id, orders.ordered_at, orders.ingested_at, orders.status, orders.total_amount, orders.tax_amount,
        orders.shipping_amount, orders.discount_amount, orders.currency, orders.coupon_code, orders.country_code, orders.brand,
        orders.status in ('paid', 'shipped', 'delivered') and orders.total_amount > 0 as is_paid,
        coalesce(refunded_amount, 0)::decimal(18, 4) as refunded_amount, refunds.refunded_at,
        coalesce(lines_count, 0) as refund_lines_count,
        case when orders.currency = 'EUR' then 1 else exchange_rate end as exchange_rate
    from staging.stg_all__orders as orders
    left join refunds using (order_id)
    left join refund_lines using (order_id)
    left join work.rates as rates
        on orders.currency = rates.currency and orders.ordered_at >= valid_from and orders.ordered_at < valid_until
),
-- an order of an account's, or of a guest's record
named as (
    select owned.*, 'shop_customer_id' as owner_type, customer_id as owner_id from owned where customer_id is not null
    union all
    select owned.*, 'guest', guest_id from owned left join work.guest_orders using (order_id) where customer_id is null
)
select order_id, profile_id, ordered_at, ingested_at, status, is_paid, is_paid and refunded_amount >= total_amount as is_refunded,
    'EUR' as currency,
    case when exchange_rate = 1 then total_amount else (total_amount * exchange_rate)::decimal(18, 4) end as converted_amount,
    case when exchange_rate = 1 then tax_amount else (tax_amount * exchange_rate)::decimal(18, 4) end as tax_amount,
    case when exchange_rate = 1 then shipping_amount else (shipping_amount * exchange_rate)::decimal(18, 4) end as shipping_amount,
    case when exchange_rate = 1 then discount_amount else (discount_amount * exchange_rate)::decimal(18, 4) end as discount_amount,
    case when exchange_rate = 1 then refunded_amount else (refunded_amount * exchange_rate)::decimal(18, 4) end as given_back_amount,
    refunded_at, refund_lines_count,
    case when is_paid then converted_amount - given_back_amount else 0 end::decimal(18, 4) as net_amount,
    currency as order_currency, total_amount as order_total_amount, exchange_rate, coupon_code, country_code, brand
from named left join work.people on owner_type = record_type and owner_id = record_id;

alter table profiles.profile_orders rename converted_amount to total_amount;

alter table profiles.profile_orders rename given_back_amount to refunded_amount;

create table profiles.profile_engagements as
with sent as (
    select message_id, channel, status in ('accepted', 'unknown', 'sending') as is_sent, claimed_at, ingested_at,
        current_profile_id as profile_id
    from staging.stg_feedback__deliveries left join identity.profile_ids using (profile_id)
),
owners as (
    select channel, address, profile_id from profiles.addresses where not is_shared
)
select message_id || ':sent' as event_id, profile_id, channel, 'sent' as status, message_id, false as is_machine, claimed_at as occurred_at,
    ingested_at
from sent where is_sent
union all
select engagements.event_id, coalesce(sent.profile_id, owners.profile_id), engagements.channel, engagements.status, sent.message_id,
    is_machine, occurred_at, engagements.ingested_at
from staging.stg_feedback__engagements as engagements
left join sent on engagements.message_id = sent.message_id
left join owners on engagements.channel = owners.channel and engagements.address = owners.address
where engagements.status in ('delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed')
    or (engagements.status = 'sent' and sent.message_id is null);

create macro speakers(said) as table
select said.*, coalesce(account.profile_id, contact.profile_id, mailbox.profile_id) as profile_id
from query_table(said) as said
left join work.people as account on account.record_type = 'shop_customer_id' and said.customer_id = account.record_id
left join work.people as contact on contact.record_type = 'crm_id' and said.contact_id = contact.record_id
left join profiles.addresses as mailbox on mailbox.channel = 'email' and not mailbox.is_shared and said.email = mailbox.address;

create table profiles.profile_tickets as
select ticket_id, coalesce(said.profile_id, telephone.profile_id) as profile_id, order_id, brand, said.channel, category, priority, status,
    is_complaint, status in ('open', 'pending') as is_open, opened_at, solved_at, updated_at, ingested_at
from speakers('staging.stg_all__tickets') as said
left join profiles.addresses as telephone
    on telephone.channel = 'sms' and not telephone.is_shared and said.phone = telephone.address;

create table profiles.profile_surveys as
select survey_id, profile_id, brand, kind, score, comment, answered_at, ingested_at from speakers('staging.stg_all__surveys');

create table profiles.profile_reviews as
select review_id, profile_id, product_id, order_id, brand, rating, review_text, created_at, ingested_at
from speakers('staging.stg_all__reviews');

create table profiles.profiles as
with persons as (
    select profile_id, min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at,
        count(*) filter (where identifier_type = 'crm_id') as contacts_count,
        count(*) filter (where identifier_type = 'shop_customer_id') as accounts_count,
        min(first_seen_at) filter (where identifier_type not in ('email', 'phone', 'ga_pseudo_id', 'guest')) as signed_up_at
    from identity.identifiers group by profile_id
),
addressed as (
    select profile_id, any_value(address) filter (where channel = 'email') as email, any_value(address) filter (where channel = 'sms') as phone
    from profiles.addresses where is_main group by profile_id
),
ordered as (
    select profile_id, count(*) filter (where is_paid) as orders_count, sum(net_amount) as revenue_amount,
        sum(case when is_paid then refunded_amount else 0 end) as refunded_amount, any_value(currency) as currency,
        arg_max(country_code, (ordered_at, country_code)) filter (where country_code is not null) as country_code,
        arg_max(brand, (ordered_at, brand)) filter (where brand is not null) as brand, count(distinct brand) as brands_count,
        min(ordered_at) filter (where is_paid) as first_order_at, max(ordered_at) filter (where is_paid) as last_order_at
    from profiles.profile_orders where profile_id is not null group by profile_id
),
consented as (
    select profile_id, bool_or(channel = 'email' and is_granted) as has_email_consent, bool_or(channel = 'sms' and is_granted) as has_sms_consent
    from profiles.consents where purpose = 'marketing' group by profile_id
),
suppressed as (
    select profile_id, bool_or(channel = 'email') as is_email_suppressed, bool_or(channel = 'sms') as is_sms_suppressed
    from profiles.suppressions group by profile_id
),
ticketed as (
    select profile_id, count(*) as tickets_count,
        count(*) filter (where is_open and updated_at > $as_of - interval 60 day) as open_tickets_count,
        bool_or(is_open and is_complaint and updated_at > $as_of - interval 60 day) as has_open_complaint,
        max(solved_at) as last_ticket_solved_at
    from profiles.profile_tickets where profile_id is not null group by profile_id
),
asked as (
    select profile_id, arg_max(score, (answered_at, score)) as last_nps_score
    from profiles.profile_surveys where kind = 'nps' and profile_id is not null group by profile_id
),
reviewed as (
    select profile_id, avg(rating) as average_review_rating, max(created_at) as last_review_at
    from profiles.profile_reviews where profile_id is not null group by profile_id
),
zones as (select distinct lower(name) as name from pg_timezone_names()),
joined as (
    select persons.*, email, phone, golden.first_name, golden.last_name, golden.city, golden.birth_date,
        coalesce(golden.country_code, ordered.country_code) as country_code, golden.preferred_channel as preferred,
        golden.time_zone as stated_zone, coalesce(ordered.brand, golden.brand) as brand,
        greatest(coalesce(ordered.brands_count, 0), coalesce(golden.brands_count, 0)) as brands_count,
        coalesce(orders_count, 0) as orders_count, coalesce(revenue_amount, 0) as revenue_amount,
        coalesce(refunded_amount, 0) as refunded_amount, currency, first_order_at, last_order_at,
        coalesce(has_email_consent, false) as has_email_consent, coalesce(has_sms_consent, false) as has_sms_consent,
        coalesce(is_email_suppressed, false) as is_email_suppressed, coalesce(is_sms_suppressed, false) as is_sms_suppressed,
        email is not null and coalesce(has_email_consent, false) and not coalesce(is_email_suppressed, false) as is_email_reachable,
        phone is not null and coalesce(has_sms_consent, false) and not coalesce(is_sms_suppressed, false) as is_sms_reachable,
        coalesce(tickets_count, 0) as tickets_count, coalesce(open_tickets_count, 0) as open_tickets_count,
        coalesce(has_open_complaint, false) as has_open_complaint, last_ticket_solved_at, last_nps_score, average_review_rating,
        last_review_at, account_id, ('0x' || substr(md5('global:' || persons.profile_id), 1, 8))::bigint as drawn
    from persons
    left join addressed using (profile_id)
    left join profiles.golden_records as golden using (profile_id)
    left join ordered using (profile_id)
    left join consented using (profile_id)
    left join suppressed using (profile_id)
    left join ticketed using (profile_id)
    left join asked using (profile_id)
    left join reviewed using (profile_id)
    left join (from identity.account_members where is_main) as accounts using (profile_id)
)
select profile_id, first_name, last_name, email, phone, country_code, city,
    coalesce(case when lower(stated_zone) in (select name from zones) then stated_zone end, countries.time_zone, 'UTC') as time_zone,
    birth_date, account_id, account_id is not null as is_business, brand, brands_count, has_email_consent, has_sms_consent,
    is_email_suppressed, is_sms_suppressed, is_email_reachable, is_sms_reachable,
    case when preferred = 'sms' and is_sms_reachable then 'sms' when is_email_reachable then 'email' when is_sms_reachable then 'sms' end
        as preferred_channel,
    (drawn % 100 + floor(drawn / 100) / 42949673.0) / 100 as holdout_bucket, contacts_count, accounts_count, signed_up_at, first_seen_at,
    last_seen_at, orders_count, revenue_amount, refunded_amount, currency, first_order_at, last_order_at, tickets_count,
    open_tickets_count, has_open_complaint, last_ticket_solved_at, last_nps_score,
    case when last_nps_score >= 9 then 'promoter' when last_nps_score >= 7 then 'passive' when last_nps_score >= 0 then 'detractor' end
        as nps_segment,
    average_review_rating, last_review_at
from joined left join ours.seeds.country_time_zones as countries using (country_code);
