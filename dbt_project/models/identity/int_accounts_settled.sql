with

founders as (
    select
        keys.root_key,
        founders.account_id,
        row_number() over (
            partition by keys.root_key order by founders.generation, founders.account_id
        ) as place
    from {{ ref('int_account_keys') }} as keys
    inner join {{ ref('account_founders') }} as founders on keys.account_key = founders.founder_key
)

-- of several founders that came together the eldest survives
select
    keys.account_key,
    keys.root_key,
    founders.account_id
from {{ ref('int_account_keys') }} as keys
inner join founders on keys.root_key = founders.root_key and founders.place = 1
