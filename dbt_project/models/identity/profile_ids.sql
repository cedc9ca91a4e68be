{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('profile_id', 'select profile_id from ' ~ ref('founders') ~ ' where founder_key in (select record_key from ' ~ ref('int_records_touched') ~ ') union select profile_id from ' ~ ref('int_ids_pinned')) }}"
    )
}}

with

founders as (
    select
        founders.profile_id,
        founders.generation,
        founders.founded_at,
        coalesce(pinned.component_key, records.component_key) as component_key,
        pinned.profile_id is not null as is_pinned
    from {{ ref('founders') }} as founders
    left join {{ ref('int_ids_pinned') }} as pinned on founders.profile_id = pinned.profile_id
    left join {{ ref('int_records_grouped') }} as records
        on founders.founder_key = records.record_key
    where
        pinned.profile_id is not null
        or {{ on_a_day('founders.founder_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
)

-- of several founders in one component the eldest survives, but a pinned one before it; one whose record is gone
-- stands alone
select
    profile_id,
    component_key,
    founded_at,
    case
        when component_key is null then profile_id
        else first_value(profile_id) over (
            partition by component_key
            order by is_pinned desc, generation asc, profile_id asc
            rows between unbounded preceding and unbounded following
        )
    end as current_profile_id
from founders
