with

contradicted as (
    select * from {{ ref('int_sharers_contradicted') }}
),

contested as (
    select distinct join_key from contradicted
),

sets as (
    {{ contradicted_sets('contradicted') }}
)

-- under a contested key a record that nobody contradicts could be anyone: it joins nobody
select
    listed.join_key,
    listed.identifier_type,
    listed.record_key,
    listed.first_seen_at,
    listed.last_seen_at,
    max(case when contested.join_key is not null or anchored.is_torn then 1 else 0 end)
        over (partition by listed.join_key)
    = 1 as is_contested,
    case
        when coalesce(anchored.is_torn, false) then listed.record_key
        when contested.join_key is null then listed.join_key
        else coalesce(sets.group_key, listed.record_key)
    end as group_key
from {{ ref('int_sharers_listed') }} as listed
left join {{ ref('int_sharers_anchored') }} as anchored on listed.record_key = anchored.record_key
left join contested on listed.join_key = contested.join_key
left join sets
    on
        listed.join_key = sets.join_key
        and listed.record_key = sets.record_key
