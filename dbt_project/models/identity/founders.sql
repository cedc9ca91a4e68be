{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

-- depends_on: {{ ref('int_ids_pinned') }}
with

records as (
    select * from {{ ref('int_records_grouped') }}
    where {{ on_a_day('record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
),

{% if is_incremental() %}
founded as (
    select distinct records.component_key
    from records
    inner join {{ this }} as founders on records.record_key = founders.founder_key
    left join {{ ref('int_ids_pinned') }} as pinned on founders.profile_id = pinned.profile_id
    where pinned.profile_id is null or records.component_key = pinned.component_key

    union

    select pinned.component_key
    from {{ ref('int_ids_pinned') }} as pinned
    inner join {{ this }} as founders on pinned.profile_id = founders.profile_id
),

-- an id that is pinned to somebody else is not given again
given as (
    select profile_id from {{ this }}
),

earlier as (
    select coalesce(max(generation), 0) as generation from {{ this }}
),
{% else %}
founded as (
    select component_key from records
    where 1 = 0
),

given as (
    select cast(null as varchar) as profile_id from records
    where 1 = 0
),

earlier as (
    select 0 as generation
),
{% endif %}

-- the record that lasts longest founds the profile: an account, else a contact, else a guest
candidates as (
    select
        records.component_key,
        records.record_key,
        records.record_type,
        records.record_id,
        row_number() over (
            partition by records.component_key
            order by
                case records.record_type
                    when 'guest' then 3
                    when 'crm_id' then 2
                    else 1
                end,
                records.first_seen_at,
                records.record_id
        ) as place
    from records
    left join founded on records.component_key = founded.component_key
    where founded.component_key is null
),

named as (
    select
        *,
        'p_' || substr(md5(record_type || ':' || record_id), 1, 20) as first_id
    from candidates
    where place = 1
)

-- generations count the runs that gave ids, in the order in which they ran: a replay of a past day must not make elders
select
    case
        when given.profile_id is null then named.first_id
        else 'p_' || substr(md5(named.first_id || ':' || cast(earlier.generation + 1 as varchar)), 1, 20)
    end as profile_id,
    named.record_key as founder_key,
    named.record_type as founder_type,
    earlier.generation + 1 as generation,
    {{ as_of() }} as founded_at
from named
cross join earlier
left join given on named.first_id = given.profile_id
