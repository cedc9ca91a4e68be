{{
    config(
        materialized='incremental',
        incremental_strategy='append',
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
    select
        links.join_key,
        min(blocked_values.why) as why
    from links
    inner join blocked_values
        on
            links.right_type = blocked_values.identifier_type
            and blocked_values.value = case blocked_values.kind
                when 'value' then links.right_value
                when 'local_part' then {{ regex_replaced('links.right_value', '([+].*)?@.*$', '') }}
                when 'ending' then right(links.right_value, 7)
                else {{ regex_replaced('links.right_value', '^.*@', '') }}
            end
    group by links.join_key
),

counted as (
    select
        join_key,
        min(right_type) as identifier_type,
        count(*) as links_count
    from links
    group by join_key
),

several as (
    select * from counted
    where links_count > 1
),

-- a mailbox may be written in two ways by one record
members as (
    select
        links.join_key,
        several.identifier_type,
        links.left_key as record_key
    from several
    inner join links on several.join_key = links.join_key
    group by links.join_key, several.identifier_type, links.left_key
),

-- people, as far as names tell: every name is one, every record without a name may be one more
named as (
    select
        members.join_key,
        members.identifier_type,
        records.given_name,
        records.family_name,
        count(*) as records_count
    from members
    inner join {{ ref('records') }} as records on members.record_key = records.record_key
    group by members.join_key, members.identifier_type, records.given_name, records.family_name
),

summed as (
    select
        join_key,
        identifier_type,
        sum(records_count) as records_count,
        sum(case when given_name is null then records_count else 1 end) as people_count
    from named
    group by join_key, identifier_type
)

select
    counted.join_key,
    counted.identifier_type,
    coalesce(summed.records_count, 1) as records_count,
    coalesce(summed.people_count, 1) as people_count,
    case
        when blocked.why is not null then 'blocked'
        when
            summed.people_count > {{ of_key('max_people', 'counted.identifier_type') }}
            or summed.records_count > {{ of_key('max_records', 'counted.identifier_type') }}
            then 'shared_by_many'
    end as refused_for
from counted
left join summed on counted.join_key = summed.join_key
left join blocked on counted.join_key = blocked.join_key
