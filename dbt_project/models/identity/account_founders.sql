{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

keys as (
    select * from {{ ref('int_account_keys') }}
),

{% if is_incremental() %}
founded as (
    select distinct keys.root_key
    from keys
    inner join {{ this }} as founders on keys.account_key = founders.founder_key
),

earlier as (
    select coalesce(max(generation), 0) as generation from {{ this }}
),
{% else %}
founded as (
    select root_key from keys
    where 1 = 0
),

earlier as (
    select 0 as generation
),
{% endif %}

fresh as (
    select distinct keys.root_key
    from keys
    left join founded on keys.root_key = founded.root_key
    where founded.root_key is null
)

-- the key that an account is found by now founds it; should it get another later (a domain), its id stays
select
    'a_' || substr(md5(fresh.root_key), 1, 20) as account_id,
    fresh.root_key as founder_key,
    earlier.generation + 1 as generation,
    {{ as_of() }} as founded_at
from fresh
cross join earlier
