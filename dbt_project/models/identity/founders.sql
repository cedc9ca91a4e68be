{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

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
),

earlier as (
    select coalesce(max(generation), 0) as generation from {{ this }}
),
{% else %}
founded as (
    select component_key from records
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
)

-- generations count the runs that gave ids, in the order in which they ran: a replay of a past day must not make elders
select
    'p_' || substr(md5(candidates.record_type || ':' || candidates.record_id), 1, 20) as profile_id,
    candidates.record_key as founder_key,
    candidates.record_type as founder_type,
    earlier.generation + 1 as generation,
    {{ as_of() }} as founded_at
from candidates
cross join earlier
where candidates.place = 1
