{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('profile_id', 'select profile_id from ' ~ ref('founders') ~ ' where founder_key in (select record_key from ' ~ ref('int_records_touched') ~ ') union select profile_id from ' ~ ref('int_ids_pinned')) }}"
    )
}}

with

wanted as (
    select * from {{ ref('founders') }}
    where {{ on_a_day('founder_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}
    {%- if is_a_day() %}
    union
    select founders.*
    from {{ ref('founders') }} as founders
    inner join {{ ref('int_ids_pinned') }} as pinned on founders.profile_id = pinned.profile_id
    {%- endif %}
),

founders as (
    select
        wanted.profile_id,
        wanted.generation,
        wanted.founded_at,
        coalesce(pinned.component_key, records.component_key) as component_key,
        pinned.profile_id is not null as is_pinned
    from wanted
    left join {{ ref('int_ids_pinned') }} as pinned on wanted.profile_id = pinned.profile_id
    left join {{ ref('int_records_grouped') }} as records
        on wanted.founder_key = records.record_key
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
