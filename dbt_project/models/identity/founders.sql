{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

identifiers as (
    select * from {{ ref('int_identifiers_grouped') }}
    where is_person
),

{% if is_incremental() %}
founded as (
    select distinct identifiers.component_key
    from identifiers
    inner join {{ this }} as founders on identifiers.identifier_key = founders.founder_key
),

earlier as (
    select coalesce(max(generation), 0) as generation from {{ this }}
),
{% else %}
founded as (
    select component_key from identifiers
    where 1 = 0
),

earlier as (
    select 0 as generation
),
{% endif %}

-- the identifier that lasts longest founds the profile: an account, else a contact, else an address
candidates as (
    select
        identifiers.component_key,
        identifiers.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier_value,
        row_number() over (
            partition by identifiers.component_key
            order by
                case identifiers.identifier_type
                    when 'shop_customer_id' then 1
                    when 'crm_id' then 2
                    when 'email' then 3
                    when 'phone' then 4
                    else 5
                end,
                identifiers.first_seen_at,
                identifiers.identifier_value
        ) as place
    from identifiers
    left join founded on identifiers.component_key = founded.component_key
    where founded.component_key is null
)

-- generations count the runs that gave ids, in the order in which they ran: a replay of a past day must not make elders
select
    'p_' || substr(md5(candidates.identifier_type || ':' || candidates.identifier_value), 1, 20) as profile_id,
    candidates.identifier_key as founder_key,
    candidates.identifier_type as founder_type,
    earlier.generation + 1 as generation,
    {{ as_of() }} as founded_at
from candidates
cross join earlier
where candidates.place = 1
