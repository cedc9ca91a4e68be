with

current_ids as (
    select distinct
        component_key,
        current_profile_id
    from {{ ref('profile_ids') }}
    where component_key is not null
)

select
    identifiers.identifier_type,
    identifiers.identifier_value,
    identifiers.identifier_key,
    current_ids.current_profile_id as profile_id,
    false as is_shared,
    identifiers.first_seen_at,
    identifiers.last_seen_at
from {{ ref('int_identifiers_grouped') }} as identifiers
inner join current_ids on identifiers.component_key = current_ids.component_key
