{{ config(enabled=is_used('hubspot')) }}

select
    'hubspot_id' as person_type,
    contact_id as person_id,
    'hubspot:' || company_id as company_id,
    updated_at as stated_at
from (
    select
        contact_id,
        {{ each_listed('company_ids') }} as company_id,
        updated_at
    from {{ ref('stg_hubspot__contacts') }}
    where company_ids is not null
) as members
