{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('join_key', keys_decided()) }}"
    )
}}

with

links as (
    select * from {{ ref('links') }}
    where
        right_type in ('email', 'phone')
        and {{ on_a_day('join_key in (' ~ keys_decided() ~ ')') }}
),

blocked_values as (
    select * from {{ ref('blocked_identifiers') }}
    where
        kind in ('value', 'local_part', 'domain', 'ending'{{ ", 'reserved_domain'" if var('blocks_reserved_domains') }})
),

-- the forms of a value that a line of blocked_identifiers.csv may name, each compared by equality
blocked as (
    {% for kinds, form in [
        ("'value'", 'links.right_value'),
        ("'local_part'", before_plus(before_at('links.right_value'))),
        ("'ending'", 'right(links.right_value, 7)'),
        ("'domain', 'reserved_domain'", after_at('links.right_value')),
    ] %}
    select distinct links.join_key
    from links
    inner join blocked_values
        on
            links.right_type = blocked_values.identifier_type
            and {{ form }} = blocked_values.value
    where blocked_values.kind in ({{ kinds }})
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- a mailbox may be written in two ways by one record
several as (
    select join_key
    from links
    group by join_key
    having min(left_key) < max(left_key)
),

members as (
    select distinct
        links.join_key,
        links.right_type as identifier_type,
        links.left_key as record_key
    from links
    inner join several on links.join_key = several.join_key
),

-- people, as far as names tell: every name is one, every record without a name may be one more
named as (
    select
        members.join_key,
        members.identifier_type,
        records.given_name is null as is_nameless,
        {{ hash_of(['records.given_name', 'records.family_name']) }} as name_hash
    from members
    inner join {{ ref('records') }} as records on members.record_key = records.record_key
),

told_apart as (
    select
        join_key,
        any_value(identifier_type) as identifier_type,
        is_nameless,
        count(*) as records_count
    from named
    group by join_key, is_nameless, name_hash
),

summed as (
    select
        join_key,
        any_value(identifier_type) as identifier_type,
        sum(records_count) as records_count,
        sum(case when is_nameless then records_count else 1 end) as people_count
    from told_apart
    group by join_key
)

-- what a single record names needs no row, unless it is blocked
select
    summed.join_key,
    summed.identifier_type,
    summed.records_count,
    summed.people_count,
    case
        when blocked.join_key is not null then 'blocked'
        when
            summed.people_count > {{ of_key('max_people', 'summed.identifier_type') }}
            or summed.records_count > {{ of_key('max_records', 'summed.identifier_type') }}
            then 'shared_by_many'
    end as refused_for
from summed
left join blocked on summed.join_key = blocked.join_key

union all

select
    links.join_key,
    min(links.right_type) as identifier_type,
    1 as records_count,
    1 as people_count,
    'blocked' as refused_for
from links
inner join blocked on links.join_key = blocked.join_key
left join summed on links.join_key = summed.join_key
where summed.join_key is null
group by links.join_key
