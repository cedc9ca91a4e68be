with

founders as (
    select
        founders.profile_id,
        founders.generation,
        founders.founded_at,
        records.component_key
    from {{ ref('founders') }} as founders
    left join {{ ref('int_records_grouped') }} as records
        on founders.founder_key = records.record_key
)

-- of several founders in one component the eldest survives; one whose identifier is gone stands alone
select
    profile_id,
    component_key,
    founded_at,
    case
        when component_key is null then profile_id
        else first_value(profile_id) over (
            partition by component_key
            order by generation, profile_id
            rows between unbounded preceding and unbounded following
        )
    end as current_profile_id
from founders
