-- By hand, in one file because the steps of identity are many: who is the same person. Records joined by e-mail, telephone, a system's
-- word and likeness, unless their names or dates of birth contradict each other; people as connected components by contraction; and what
-- each device, address and account says of whom. The hand keeps no history of ids and takes no reviewed lines (the seed is empty).
create macro plain_name(name) as nullif(trim(regexp_replace(regexp_replace(
    translate(strip_accents(replace(lower(name), 'ß', 'ss')), 'łđø', 'ldo'), '[''’`´]', '', 'g'), '[^\p{L}]+', ' ', 'g')), '');

create macro bare_name(plain) as nullif(trim(regexp_replace(regexp_replace(
    plain, '^(mr|mrs|ms|miss|dr|prof|sir|herr|frau|mme|mlle|pan|pani) ', ''), ' (jr|junior|sr|senior|ii|iii|iv)$', '')), '');

create macro generation_of(plain) as case nullif(regexp_extract(plain, ' (jr|junior|sr|senior|ii|iii|iv)$', 1), '')
    when 'sr' then 1 when 'senior' then 1 when 'jr' then 2 when 'junior' then 2 when 'ii' then 2 when 'iii' then 3 when 'iv' then 4 end;

create macro first_word(name) as regexp_replace(name, ' .*$', '');

create macro last_word(name) as regexp_replace(name, '^.* ', '');

create macro is_weak(given) as given is null or not regexp_matches(given, '[^ ][^ ]');

create macro share_a_word(one, other) as
    replace(one, ' ', '') = replace(other, ' ', '')
    or (length(first_word(one)) > 1 and contains(' ' || other || ' ', ' ' || first_word(one) || ' '))
    or (length(last_word(one)) > 1 and contains(' ' || other || ' ', ' ' || last_word(one) || ' '))
    or (length(first_word(other)) > 1 and contains(' ' || one || ' ', ' ' || first_word(other) || ' '))
    or (length(last_word(other)) > 1 and contains(' ' || one || ' ', ' ' || last_word(other) || ' '));

create macro differ_in_script(one, other) as regexp_matches(one, '[a-z]') <> regexp_matches(other, '[a-z]');

-- swaps are dear to count, and plain edits bound them
create macro at_most_edits(one, other, most) as case
    when one = other then true when abs(length(one) - length(other)) > most then false
    when levenshtein(one, other) <= most then true when levenshtein(one, other) > 2 * most then false
    else damerau_levenshtein(one, other) <= most
end;

create macro given_names_differ(one, other, alike, known, other_known) as case
    when one is null or other is null or one = other then false
    when alike or share_a_word(one, other) or differ_in_script(one, other) then false
    when length(first_word(one)) = 1 or length(first_word(other)) = 1 then left(one, 1) <> left(other, 1)
    when known and other_known then true
    when regexp_replace(one, '[aeo]$', '') = regexp_replace(other, '[aeo]$', '')
        and not (one like '%ie' and other like '%i') and not (one like '%i' and other like '%ie') then true
    when left(one, 1) <> left(other, 1) then true
    else not at_most_edits(one, other, case
        when least(length(one), length(other)) >= 8 then 2
        when least(length(one), length(other)) >= 5 and known <> other_known then 2
        when least(length(one), length(other)) >= 4 then 1 else 0 end)
end;

create macro family_names_differ(one, other) as case
    when one is null or other is null or one = other then false
    when share_a_word(one, other) or differ_in_script(one, other) then false
    when length(one) = 1 or length(other) = 1 then left(one, 1) <> left(other, 1)
    else not at_most_edits(one, other, case
        when least(length(one), length(other)) >= 7 then 2 when least(length(one), length(other)) >= 4 then 1 else 0 end)
end;

create macro birth_dates_differ(one, other) as case
    when one is null or other is null or one = other then false
    when year(one) = year(other) and month(one) = day(other) and day(one) = month(other) then false
    else not at_most_edits(one::varchar, other::varchar, 1)
end;

create macro same_but_for_a_slip(one, other) as
    case when at_most_edits(one, other, 2)
        then regexp_replace(one, '[^0-9]', '', 'g') = regexp_replace(other, '[^0-9]', '', 'g') else false end;

create macro contradictions(members) as table
select * from (
    select one.join_key, one.identifier_type, one.record_key as left_key, other.record_key as right_key,
        case
            when one.generation <> other.generation then 'names_differ'
            when not (
                    coalesce(one.given_name = other.family_name, false) and not family_names_differ(one.family_name, other.given_name)
                    or coalesce(one.family_name = other.given_name, false) and not family_names_differ(one.given_name, other.family_name)
                )
                and (
                    given_names_differ(one.given_name, other.given_name, alike.one_name is not null, one.is_known_name, other.is_known_name)
                    or (one.identifier_type = 'phone' or is_weak(one.given_name) or is_weak(other.given_name))
                    and not coalesce(one.born_on = other.born_on and one.given_name = other.given_name, false)
                    and (one.identifier_type = 'phone' or (one.given_name is not null and other.given_name is not null))
                    and family_names_differ(one.family_name, other.family_name)
                ) then 'names_differ'
            when birth_dates_differ(one.born_on, other.born_on)
                and not (
                    one.family_name is not null and other.family_name is not null
                    and at_most_edits(one.given_name, other.given_name, 1)
                    and not is_weak(one.given_name) and not is_weak(other.given_name)
                    and not family_names_differ(one.family_name, other.family_name)
                    and abs(year(one.born_on) - year(other.born_on)) <= 12
                ) then 'birth_dates_differ'
            when one.identifier_type = 'phone'
                and date_sub('day', least(one.last_seen_at, other.last_seen_at), greatest(one.first_seen_at, other.first_seen_at)) > 730
                and not coalesce(one.given_name = other.given_name and one.family_name = other.family_name, false) then 'outside_window'
        end as reason
    from query_table(members) as one
    join query_table(members) as other on one.join_key = other.join_key and one.record_key < other.record_key
    left join work.names_alike as alike on one.first_word = alike.one_name and other.first_word = alike.other_name
)
where reason is not null;

create macro registered_domain(domain) as case
    when split_part(domain, '.', -2) = '' then null
    when length(split_part(domain, '.', -1)) = 2 and split_part(domain, '.', -3) <> '' and split_part(domain, '.', -2) in (
            'ac', 'co', 'com', 'edu', 'go', 'gob', 'gouv', 'gov', 'ltd', 'me', 'ne', 'net', 'nom', 'or', 'org', 'plc')
        then split_part(domain, '.', -3) || '.' || split_part(domain, '.', -2) || '.' || split_part(domain, '.', -1)
    else split_part(domain, '.', -2) || '.' || split_part(domain, '.', -1)
end;

create macro key_of(kind, value) as md5_number(kind || ':' || value);

create macro guest_id_of(email, phone, first_name, last_name, brand) as
    md5(concat(email, '|', phone, '|', lower(first_name), '|', lower(last_name), '|', brand));

create table work.names_alike as
with variants as (
    select distinct plain_name(name) as name, plain_name(variant_of) as root from ours.seeds.name_variants
),
rooted as (select name, root from variants union select root, root from variants)
select distinct one.name as one_name, other.name as other_name from rooted as one join rooted as other on one.root = other.root;

-- records: contacts and accounts, accounts that are only named somewhere, and guests
create table work.guest_orders as
select order_id, guest_id_of(email, phone, first_name, last_name, brand) as guest_id, brand, email, phone, first_name, last_name, street,
    postal_code, city, country_code, ordered_at
from staging.stg_all__orders
where customer_id is null and (email is not null or phone is not null);

create table work.listed as
with stated as (
    select customer_id as record_id, 'shop_customer_id' as record_type, 'shop' as system, min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from staging.stg_all__orders where customer_id is not null group by customer_id
    union all
    select left_id, left_type, system, stated_at, stated_at from staging.stg_all__aliases
    union all
    select right_id, right_type, system, stated_at, stated_at from staging.stg_all__aliases
),
named as (
    select record_type, record_id, min(system) as system, min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
    from stated
    where lower(record_id) not in (select value from ours.seeds.blocked_identifiers where identifier_type = 'id' and kind = 'value')
    group by record_type, record_id
)
select coalesce(persons.person_type, named.record_type) as record_type, coalesce(persons.person_id, named.record_id) as record_id,
    coalesce(persons.system, named.system) as system, brand, email, phone, first_name, last_name, birth_date, street, postal_code, city,
    country_code, company_name, least(created_at, first_seen_at) as first_seen_at, greatest(updated_at, last_seen_at) as last_seen_at
from staging.stg_all__persons as persons
full join named on persons.person_type = named.record_type and persons.person_id = named.record_id
union all
select 'guest', guest_id, 'shop', any_value(brand), any_value(email), any_value(phone), min(first_name), min(last_name), null,
    arg_max(street, (ordered_at, street)) filter (where street is not null),
    arg_max(postal_code, (ordered_at, postal_code)) filter (where postal_code is not null),
    arg_max(city, (ordered_at, city)) filter (where city is not null),
    arg_max(country_code, (ordered_at, country_code)) filter (where country_code is not null), null, min(ordered_at), max(ordered_at)
from work.guest_orders
group by guest_id;

create table identity.records as
with spelled as (
    select name, plain_name(name) as plain, bare_name(plain) as bare, generation_of(plain) as generation
    from (select distinct unnest([first_name, last_name]) as name from work.listed)
    where name is not null
),
read as (
    select listed.*,
        (first_name is null) <> (last_name is null) and coalesce(first_name, last_name) like '%_,_%' as has_comma,
        plain_name(regexp_replace(coalesce(first_name, last_name), '^[^,]*,', '')) as behind_comma,
        plain_name(regexp_replace(coalesce(first_name, last_name), ',.*$', '')) as before_comma,
        last_name is null and firsts.bare like '% %' as is_whole,
        firsts.bare as first_bare, lasts.bare as last_bare, coalesce(lasts.generation, firsts.generation) as generation
    from work.listed
    left join spelled as firsts on first_name = firsts.name
    left join spelled as lasts on last_name = lasts.name
),
told as (
    select * replace (case when has_comma then coalesce(generation_of(before_comma), generation_of(behind_comma)) else generation end
            as generation),
        case when has_comma then bare_name(behind_comma) when is_whole then regexp_replace(first_bare, ' [^ ]*$', '')
            else first_bare end as given_name,
        case when has_comma then bare_name(before_comma) when is_whole then last_word(first_bare) else last_bare end as family_name
    from read
)
select key_of(record_type, record_id) as record_key, record_type, record_id, system, brand, email, phone, first_name, last_name, birth_date,
    street, postal_code, city, country_code, company_name,
    case when given_name not in (select value from ours.seeds.blocked_identifiers where identifier_type = 'name') then given_name end
        as given_name,
    case when family_name not in (select value from ours.seeds.blocked_identifiers where identifier_type = 'name') then family_name end
        as family_name,
    generation,
    case when birth_date::varchar not in (select value from ours.seeds.blocked_identifiers where identifier_type = 'birth_date')
        then birth_date end as born_on,
    first_seen_at, last_seen_at
from told;

-- what names what
create table identity.links as
with own as (
    select record_key as left_key, record_type as left_type, record_id as left_value, 'email' as right_type, email as right_value,
        case record_type when 'guest' then 'guest order' else 'record' end as stated_by, first_seen_at, last_seen_at
    from identity.records where email is not null
    union all
    select record_key, record_type, record_id, 'phone', phone, case record_type when 'guest' then 'guest order' else 'record' end,
        first_seen_at, last_seen_at
    from identity.records where phone is not null
),
ordered as (
    select key_of('shop_customer_id', customer_id) as left_key, 'shop_customer_id' as left_type, customer_id as left_value,
        'email' as right_type, email as right_value, min(ordered_at) as first_seen_at, max(ordered_at) as last_seen_at
    from staging.stg_all__orders
    where customer_id is not null and email is not null
    group by customer_id, email
),
stated as (
    select coalesce(own.left_key, ordered.left_key) as left_key, coalesce(own.left_type, ordered.left_type) as left_type,
        coalesce(own.left_value, ordered.left_value) as left_value, coalesce(own.right_type, ordered.right_type) as right_type,
        coalesce(own.right_value, ordered.right_value) as right_value,
        case when ordered.left_key is not null then 'order' else own.stated_by end as stated_by,
        least(own.first_seen_at, ordered.first_seen_at) as first_seen_at, greatest(own.last_seen_at, ordered.last_seen_at) as last_seen_at
    from own full join ordered
        on own.left_key = ordered.left_key and own.right_type = ordered.right_type and own.right_value = ordered.right_value
    union all
    select key_of(left_type, left_id), left_type, left_id, right_type, right_id, min(stated_by), min(stated_at), max(stated_at)
    from staging.stg_all__aliases where left_id is not null and right_id is not null
    group by left_type, left_id, right_type, right_id
    union all
    select key_of(user_type, user_id), user_type, user_id, 'ga_pseudo_id', user_pseudo_id, 'login', min(event_at), max(event_at)
    from staging.stg_all__events where user_id is not null and user_pseudo_id is not null
    group by user_type, user_id, user_pseudo_id
)
select left_key, key_of(right_type, right_value) as right_key, left_type, left_value, right_type, right_value,
    case when right_type = 'email' and (ends_with(right_value, '@gmail.com') or ends_with(right_value, '@googlemail.com'))
            then key_of('email', replace(regexp_replace(right_value, '([+].*)?@.*$', ''), '.', '') || '@gmail.com')
        when right_type = 'email' and contains(right_value, '+') then key_of('email', regexp_replace(right_value, '[+][^@]*@', '@', 'g'))
        else key_of(right_type, right_value) end as join_key,
    stated_by, first_seen_at, last_seen_at
from stated;

-- a key that is nobody's, or too many's, joins nobody
create table work.keys as
with blocked as (
    select distinct join_key from identity.links
    where right_type in ('email', 'phone') and (
        (right_type, right_value) in (select (identifier_type, value) from ours.seeds.blocked_identifiers where kind = 'value')
        or (right_type, split_part(split_part(right_value, '@', 1), '+', 1))
            in (select (identifier_type, value) from ours.seeds.blocked_identifiers where kind = 'local_part')
        or (right_type, right(right_value, 7)) in (select (identifier_type, value) from ours.seeds.blocked_identifiers where kind = 'ending')
        or (right_type, split_part(right_value, '@', 2))
            in (select (identifier_type, value) from ours.seeds.blocked_identifiers where kind = 'domain')
    )
),
several as (
    select join_key from identity.links where right_type in ('email', 'phone') group by join_key having min(left_key) < max(left_key)
),
told_apart as (
    select join_key, any_value(right_type) as identifier_type, given_name, family_name, count(distinct left_key) as records_count
    from identity.links semi join several using (join_key) join identity.records on left_key = record_key
    where right_type in ('email', 'phone')
    group by join_key, given_name, family_name
),
counted as (
    select join_key, any_value(identifier_type) as identifier_type, sum(records_count) as records_count,
        sum(case when given_name is null then records_count else 1 end) as people_count
    from told_apart group by join_key
)
select coalesce(counted.join_key, blocked.join_key) as join_key, identifier_type, coalesce(records_count, 1) as records_count,
    case when blocked.join_key is not null then 'blocked' when people_count > 6 or records_count > 30 then 'shared_by_many' end as refused_for
from counted full join blocked on counted.join_key = blocked.join_key;

-- which records of a key contradict each other; first for those without a whole first name, who are taken for one of the others
create table work.sharers as
with members as (
    select links.join_key, any_value(keys.identifier_type) as identifier_type, left_key as record_key, min(links.first_seen_at) as first_seen_at,
        max(links.last_seen_at) as last_seen_at
    from identity.links as links join work.keys as keys using (join_key)
    where keys.refused_for is null and keys.records_count > 1
    group by links.join_key, left_key
),
named as (
    select members.*, given_name, family_name, generation, born_on, first_word(given_name) as first_word, is_weak(given_name) as is_weak
    from members join identity.records as records using (record_key)
),
compared as (
    select join_key, bool_or(is_weak) as has_weak,
        coalesce(min(given_name) <> max(given_name), false) or coalesce(min(family_name) <> max(family_name), false)
        or coalesce(min(generation) <> max(generation), false) or coalesce(min(born_on) <> max(born_on), false)
        or (any_value(identifier_type) = 'phone' and date_sub('day', min(last_seen_at), max(first_seen_at)) > 730) as has_differences
    from named group by join_key
)
select named.*, first_word in (select one_name from work.names_alike) as is_known_name, has_weak, has_differences
from named join compared using (join_key);

create table work.sharers_looked_at as select * from work.sharers where has_weak and has_differences;

create table work.first_sets as
with contradicted as (from contradictions('work.sharers_looked_at'))
select join_key, record_key, bit_xor(other_key) as group_key
from (select join_key, left_key as record_key, right_key as other_key from contradicted
    union all select join_key, right_key, left_key from contradicted)
group by join_key, record_key;

create table work.anchors as
with placed as (
    select members.*, sets.group_key, contested.join_key is null as is_uncontested
    from work.sharers as members
    left join (select distinct join_key from work.first_sets) as contested using (join_key)
    left join work.first_sets as sets on members.join_key = sets.join_key and members.record_key = sets.record_key
    where has_weak
),
stated as (
    select left_key as record_key, right_key as anchor_key from identity.links where right_type not in ('email', 'phone', 'ga_pseudo_id')
    union all
    select right_key, left_key from identity.links where right_type not in ('email', 'phone', 'ga_pseudo_id')
),
neighbours as (
    select weak.record_key, anchor_key, 1 as rank
    from (select distinct record_key from placed where is_weak) as weak
    join stated using (record_key)
    join identity.records as named on anchor_key = named.record_key and not is_weak(named.given_name)
    union
    select weak.record_key, named.record_key, 2
    from placed as weak
    join placed as named on weak.join_key = named.join_key and (weak.is_uncontested or weak.group_key = named.group_key)
    where weak.is_weak and not named.is_weak
),
ranked as (
    select *, min(rank) over (partition by record_key) as best_rank,
        row_number() over (partition by record_key order by rank, anchor_key) as place
    from neighbours
)
select ranked.record_key as join_key, 'email' as identifier_type, named.record_key, given_name, family_name, generation, born_on,
    first_word(given_name) as first_word, first_word(given_name) in (select one_name from work.names_alike) as is_known_name,
    first_seen_at, last_seen_at, place = 1 as is_first
from ranked join identity.records as named on anchor_key = named.record_key
where rank = best_rank;

create table work.taken_for as
with torn as (select distinct join_key from contradictions('work.anchors'))
select anchors.* exclude (record_key), torn.join_key is not null as is_torn
from work.anchors left join torn using (join_key)
where is_first;

create table work.compared as
select listed.join_key, listed.identifier_type, listed.record_key, coalesce(anchor.given_name, listed.given_name) as given_name,
    coalesce(anchor.family_name, listed.family_name) as family_name, coalesce(listed.generation, anchor.generation) as generation,
    coalesce(listed.born_on, anchor.born_on) as born_on, coalesce(anchor.first_word, listed.first_word) as first_word,
    coalesce(anchor.is_known_name, listed.is_known_name, false) as is_known_name, listed.first_seen_at, listed.last_seen_at
from work.sharers as listed left join work.taken_for as anchor on listed.record_key = anchor.join_key
where (has_differences or has_weak) and not coalesce(is_torn, false);

create table work.contradicted as from contradictions('work.compared');

create table work.grouped as
with sets as (
    select join_key, record_key, bit_xor(other_key) as group_key
    from (select join_key, left_key as record_key, right_key as other_key from work.contradicted
        union all select join_key, right_key, left_key from work.contradicted)
    group by join_key, record_key
),
contested as (select distinct join_key from work.contradicted),
placed as (
    select listed.join_key, listed.identifier_type, listed.record_key, listed.first_seen_at,
        contested.join_key is not null or coalesce(is_torn, false) as is_contested,
        case when is_torn then listed.record_key when contested.join_key is null then listed.join_key
            else coalesce(sets.group_key, listed.record_key) end as group_key
    from work.sharers as listed
    left join work.taken_for as anchor on listed.record_key = anchor.join_key
    left join contested on listed.join_key = contested.join_key
    left join sets on listed.join_key = sets.join_key and listed.record_key = sets.record_key
)
select placed.*, hub_key
from placed join (select join_key, group_key, min(record_key) as hub_key from placed group by all) as hubs using (join_key, group_key);

-- matches by likeness join last, where nothing speaks against them
create table work.tied as select record_key, hub_key, join_key from work.grouped where record_key <> hub_key
union all select distinct hub_key, hub_key, join_key from work.grouped where record_key <> hub_key;

create table work.matches_contradicted as
with probable as (
    select least(left_key, right_key) as left_key, greatest(left_key, right_key) as right_key, decision
    from ours.identity.matches where decision in ('accepted', 'review')
),
joined as (
    select distinct left_key, right_key
    from probable
    join work.tied as one on left_key = one.record_key
    join work.tied as other on right_key = other.record_key and one.join_key = other.join_key and one.hub_key = other.hub_key
),
named as (
    select record_key, given_name, family_name, postal_code, lower(city) as city, phone, email, born_on
    from identity.records
    where given_name is not null and family_name is not null
    qualify count(*) over (partition by given_name, family_name) between 2 and 50
),
namesakes as (
    select coalesce(one.postal_code = other.postal_code, false) or coalesce(one.city = other.city, false) as is_of_one_town,
        coalesce(one.phone = other.phone, false) or coalesce(same_but_for_a_slip(one.email, other.email), false)
        or one.born_on is not null and other.born_on is not null
        and (not birth_dates_differ(one.born_on, other.born_on) or abs(date_sub('day', one.born_on, other.born_on)) <= 366) as is_one_person
    from named as one join named as other
        on one.given_name = other.given_name and one.family_name = other.family_name and one.record_key < other.record_key
    where (one.email is not null and other.email is not null) or (one.phone is not null and other.phone is not null)
        or (one.born_on is not null and other.born_on is not null)
),
shares as (
    select is_of_one_town, (count(*) filter (where not is_one_person) + 1.0) / (count(*) + 10.0) as share from namesakes group by all
),
borne as (
    select given_name, family_name from identity.records where email is not null
    group by all having count(distinct email) >= 3
),
compared as (
    select probable.*, coalesce(one.email <> other.email or one.phone <> other.phone, false) as has_other_keys,
        joined.left_key is not null
        or coalesce(one.email <> other.email and same_but_for_a_slip(one.email, other.email), false)
        or coalesce(one.born_on = other.born_on, false)
        or coalesce(nullif(regexp_extract(one.street, '([0-9]+)', 1), '') = nullif(regexp_extract(other.street, '([0-9]+)', 1), '')
            and coalesce(one.postal_code = other.postal_code, lower(one.city) = lower(other.city), true), false)
        or coalesce(plain_name(one.company_name) = plain_name(other.company_name), false) as has_support,
        coalesce(one.postal_code = other.postal_code, false) or coalesce(lower(one.city) = lower(other.city), false) as is_of_one_town,
        one.born_on is not null and other.born_on is not null and not birth_dates_differ(one.born_on, other.born_on) as has_date_slip,
        one.born_on is not null and other.born_on is not null and (not birth_dates_differ(one.born_on, other.born_on)
            or abs(date_sub('day', one.born_on, other.born_on)) <= 366) as is_of_one_age,
        one_borne.given_name is not null or other_borne.given_name is not null as has_common_name
    from probable
    join identity.records as one on probable.left_key = one.record_key
    join identity.records as other on probable.right_key = other.record_key
    left join joined on probable.left_key = joined.left_key and probable.right_key = joined.right_key
    left join borne as one_borne on one.given_name = one_borne.given_name and one.family_name = one_borne.family_name
    left join borne as other_borne on other.given_name = other_borne.given_name and other.family_name = other_borne.family_name
)
select left_key, right_key, decision,
    case when has_other_keys and not is_of_one_age then 'names_alone' else 'namesakes' end as reason
from compared left join shares using (is_of_one_town)
where not has_support
    and (has_other_keys and not is_of_one_age or has_common_name or not has_date_slip and coalesce(share, 0.1) > 0.25);

-- people: hook each record to its smallest neighbour, follow twice, contract; what then still hangs together spreads
create table work.edges as
select record_key as a, hub_key as b from work.grouped where record_key <> hub_key
union all
select links.left_key, links.right_key from identity.links as links
join identity.records as one on links.left_key = one.record_key
join identity.records as other on links.right_key = other.record_key
where right_type not in ('email', 'phone', 'ga_pseudo_id')
union all
select matches.left_key, matches.right_key from ours.identity.matches as matches
join identity.records as one on matches.left_key = one.record_key
join identity.records as other on matches.right_key = other.record_key
anti join work.matches_contradicted as against
    on least(matches.left_key, matches.right_key) = against.left_key and greatest(matches.left_key, matches.right_key) = against.right_key
where matches.decision = 'accepted';

create table work.hooked as
select node, least(node, min(neighbour)) as parent
from (select a as node, b as neighbour from work.edges union all select b, a from work.edges)
group by node;

create table work.followed as
select child.node, grand.parent from work.hooked as child
join work.hooked as parent on child.parent = parent.node
join work.hooked as grand on parent.parent = grand.node;

create table work.contracted as
with left_over as (
    select distinct one.parent as a, other.parent as b from work.edges
    join work.followed as one on a = one.node join work.followed as other on b = other.node
    where one.parent <> other.parent
)
select a as node, b as neighbour from left_over union select b, a from left_over;

create table work.components as
with recursive reached(node, component) using key (node) as (
    select distinct node, node from work.contracted
    union
    select contracted.node, min(reached.component)
    from reached
    join work.contracted as contracted on reached.node = contracted.neighbour
    join recurring.reached as known on known.node = contracted.node
    where reached.component < known.component
    group by contracted.node
)
select followed.node as record_key, coalesce(reached.component, followed.parent) as component_key
from work.followed left join reached on followed.parent = reached.node;

-- guests of whom nothing is known but an address that is nobody's are nobody
create table work.people as
with refused as (select join_key from work.keys where refused_for is not null),
reachable as (
    select distinct left_key from identity.links anti join refused using (join_key)
    where left_type = 'guest' and right_type in ('email', 'phone')
),
members as (
    select records.record_key, record_type, record_id, first_seen_at, last_seen_at,
        coalesce(component_key, records.record_key) as component_key
    from identity.records as records left join work.components using (record_key)
    where record_type <> 'guest' or given_name is not null or records.record_key in (select left_key from reachable)
),
founded as (
    select component_key, 'p_' || substr(md5(arg_min(record_type || ':' || record_id,
        (case record_type when 'guest' then 3 when 'crm_id' then 2 else 1 end, first_seen_at, record_id))), 1, 20) as profile_id
    from members group by component_key
)
select members.*, profile_id from members join founded using (component_key);

create table identity.profile_ids as select distinct profile_id, profile_id as current_profile_id from work.people;

create table identity.device_owners as
with visits as (
    select user_pseudo_id, session_key, user_id, min(event_at) as first_event_at, max(event_at) as last_event_at
    from staging.stg_all__events where user_pseudo_id is not null group by all
),
logins as (
    select user_pseudo_id, record_id, component_key, profile_id, first_event_at as logged_in_at, ended_at
    from (
        select *, case when session_key is null then last_event_at
            else max(last_event_at) over (partition by user_pseudo_id, session_key) end as ended_at
        from visits
    )
    join work.people on record_type = 'shop_customer_id' and user_id = record_id
    where lower(user_id) not in (select value from ours.seeds.blocked_identifiers where identifier_type = 'id' and kind = 'value')
),
devices as (
    select user_pseudo_id, any_value(profile_id) as profile_id, min(logged_in_at) as known_at, max(ended_at) as ended_at,
        min(profile_id) <> max(profile_id) as is_shared
    from logins group by user_pseudo_id
),
turns as (
    select logins.*, profile_id is distinct from lag(profile_id) over by_time as is_turn
    from logins semi join (select user_pseudo_id from devices where is_shared) using (user_pseudo_id)
    window by_time as (partition by user_pseudo_id order by logged_in_at, profile_id)
),
stays as (
    select user_pseudo_id, profile_id, stay, min(logged_in_at) as known_at, max(ended_at) as ended_at
    from (select *, sum(is_turn::int) over (partition by user_pseudo_id order by logged_in_at, profile_id
        rows between unbounded preceding and current row) as stay from turns)
    group by all
)
select user_pseudo_id, profile_id, known_at as from_at,
    least(ended_at, coalesce(lead(known_at) over (partition by user_pseudo_id order by stay), ended_at)) as until_at, known_at, ended_at,
    true as is_shared
from stays
union all
select user_pseudo_id, profile_id, known_at - interval 30 day, ended_at + interval 365 day, known_at, ended_at, false
from devices where not is_shared;

create table identity.identifiers as
with held as (
    select right_key as identifier_key, profile_id, any_value(right_type) as identifier_type, any_value(right_value) as identifier_value,
        min(links.first_seen_at) as first_seen_at, max(links.last_seen_at) as last_seen_at
    from identity.links as links
    anti join (select join_key from work.keys where refused_for is not null) as refused using (join_key)
    join work.people on left_key = record_key
    where right_type in ('email', 'phone')
    group by right_key, profile_id
),
shared as (select identifier_key from held group by all having count(*) > 1)
select record_type as identifier_type, record_id as identifier_value, record_key as identifier_key, profile_id, false as is_shared,
    first_seen_at, last_seen_at
from work.people
union all
select identifier_type, identifier_value, identifier_key, profile_id, identifier_key in (select identifier_key from shared),
    first_seen_at, last_seen_at
from held
union all
select 'ga_pseudo_id', user_pseudo_id, key_of('ga_pseudo_id', user_pseudo_id), profile_id, false, known_at, ended_at
from identity.device_owners where not is_shared;

-- what was not joined, and why
create table identity.refused_links as
with of_pairs as (
    select one.record_key as left_key, other.record_key as right_key, one.join_key as via_key, one.identifier_type as via_type,
        coalesce(reason, 'ambiguous') as reason
    from work.grouped as one
    join work.grouped as other on one.join_key = other.join_key and one.record_key < other.record_key and one.group_key <> other.group_key
    left join work.contradicted as contradicted
        on one.join_key = contradicted.join_key and one.record_key = contradicted.left_key and other.record_key = contradicted.right_key
),
refused as (
    select left_key, right_key, join_key as via_key, right_type as via_type, right_value as via_value, records_count,
        right_type || '_' || refused_for as reason
    from identity.links join work.keys using (join_key) where refused_for is not null
    union all
    select left_key, right_key, join_key, right_type, right_value, count(*) over (partition by right_key), 'device_shared'
    from identity.links
    where right_type = 'ga_pseudo_id' and right_value in (select user_pseudo_id from identity.device_owners where is_shared)
    union all
    select of_pairs.left_key, of_pairs.right_key, via_key, via_type, min(right_value), max(records_count), reason
    from of_pairs
    join identity.links as links on via_key = links.join_key and of_pairs.left_key = links.left_key
    join work.keys as keys on via_key = keys.join_key
    group by of_pairs.left_key, of_pairs.right_key, via_key, via_type, reason
    union all
    select left_key, right_key, right_key, 'match', null, null, reason from work.matches_contradicted where decision = 'accepted'
)
select coalesce(one.record_type, 'unknown') as left_type, one.record_id as left_value, left_key,
    coalesce(other.record_type, via_type) as right_type, coalesce(other.record_id, via_value) as right_value, right_key, via_key, via_type,
    via_value, records_count, reason
from refused
left join identity.records as one on left_key = one.record_key
left join identity.records as other on right_key = other.record_key;

-- accounts: companies by name and by the domain of their people's addresses
create table work.employed as
select profile_id, email, company_name, updated_at as stated_at,
    case when mail_domain not in (select domain from ours.seeds.free_mail_domains) then mail_domain end as domain,
    'name:' || company_key as company_id
from (
    select profile_id, email, company_name, updated_at, registered_domain(split_part(email, '@', 2)) as mail_domain,
        nullif(trim(regexp_replace(regexp_replace(lower(company_name), '[[:punct:][:space:]]+', ' ', 'g'),
            ' (gmbh|mbh|ag|kg|kgaa|ohg|ug|se|eg|ltd|limited|plc|llp|inc|incorporated|corp|corporation|company|co|llc|sa|sas|sarl|srl|spa|bv'
            || '|nv|oy|ab|as|aps|kft|doo|sp z o o|s r o|s a|тов|ооо)( (kg|co|co kg))? *$', '')), '') as company_key
    from staging.stg_all__persons join work.people on person_type = record_type and person_id = record_id
    where email is not null or company_name is not null
)
where domain is not null or company_key is not null;

create table work.accounts as
with mailboxes as (
    select distinct domain from work.employed
    where domain is not null and email is not null
        and email not in (select identifier_value from identity.identifiers where identifier_type = 'email')
),
of_companies as (
    select company_id, domain, split_part(domain, '.', 1) as label, count(distinct profile_id) as people_count
    from work.employed where company_id is not null and domain is not null group by all
),
used as (
    select company_id, arg_min(domain, (-people_count, domain)) as domain from of_companies
    group by company_id having min(label) = max(label)
),
companies as (
    select company_id, domain from (select distinct company_id from work.employed where company_id is not null) left join used using (company_id)
),
countries as (
    select of_companies.domain, min(companies.domain) as main_domain from of_companies join companies using (company_id)
    where of_companies.domain <> companies.domain and label = split_part(companies.domain, '.', 1)
    group by of_companies.domain
),
used_by as (select domain, count(distinct profile_id) as people_count from work.employed where domain is not null group by domain),
keys as (
    select 'domain:' || used_by.domain as account_key, 'domain:' || coalesce(main_domain, used_by.domain) as root_key
    from used_by left join countries using (domain)
    where used_by.domain in (select domain from companies where domain is not null) or main_domain is not null
        or people_count <= 2000 and (people_count >= 2 or used_by.domain in (select domain from mailboxes))
    union
    select 'company:' || company_id,
        case when companies.domain is not null then 'domain:' || coalesce(main_domain, companies.domain) else 'company:' || company_id end
    from companies left join countries using (domain)
    union
    select 'domain:' || domain, 'domain:' || domain from companies anti join countries using (domain) where domain is not null
)
select account_key, root_key, 'a_' || substr(md5(root_key), 1, 20) as account_id from keys;

create table identity.account_members as
with said as (
    select profile_id, account_id, 2 as strength, stated_at from work.employed join work.accounts on 'company:' || company_id = account_key
    union all
    select profile_id, account_id, 3, stated_at from work.employed join work.accounts on 'domain:' || domain = account_key
),
members as (
    select profile_id, account_id, min(strength) as strength, arg_max(stated_at, (-strength, stated_at)) as stated_at from said group by all
)
select account_id, profile_id, case strength when 2 then 'name' else 'domain' end as stated_by, stated_at,
    row_number() over (partition by profile_id order by strength, stated_at desc, account_id) = 1 as is_main
from members;

create table identity.accounts as
with members as (
    select account_id, count(*) as people_count, bool_or(stated_by = 'name') as is_named from identity.account_members group by account_id
),
named as (
    select account_id, arg_max(company_name, (stated_at, company_name)) filter (where company_name is not null) as name
    from work.employed join work.accounts on 'company:' || company_id = account_key group by account_id
),
domains as (
    select account_id, max(case when starts_with(root_key, 'domain:') then substr(root_key, 8) end) as domain,
        count(*) filter (where starts_with(account_key, 'domain:')) as domains_count
    from work.accounts group by account_id
)
select account_id, coalesce(name, domain) as name, domain, domains_count, coalesce(people_count, 0) as people_count,
    case when is_named then 'name' when people_count is not null then 'domain' end as stated_by
from domains left join members using (account_id) left join named using (account_id);
