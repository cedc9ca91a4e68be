{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('user_pseudo_id', devices_touched()) }}"
    )
}}

with

logins as (
    select
        logins.user_pseudo_id,
        logins.logged_in_at,
        logins.ended_at,
        records.component_key
    from {{ ref('int_logins_listed') }} as logins
    inner join {{ ref('int_records_grouped') }} as records on logins.record_key = records.record_key
    where {{ on_a_day('logins.user_pseudo_id in (' ~ devices_touched() ~ ')') }}
),

devices as (
    select
        user_pseudo_id,
        min(component_key) as component_key,
        min(logged_in_at) as known_at,
        max(ended_at) as ended_at,
        min(component_key) <> max(component_key) as is_shared
    from logins
    group by user_pseudo_id
),

-- of a device that several log in on: consecutive logins of one person are one stay
turns as (
    select
        logins.*,
        current_ids.current_profile_id as profile_id,
        case
            when
                logins.component_key
                = lag(logins.component_key)
                    over (
                        partition by logins.user_pseudo_id
                        order by logins.logged_in_at, current_ids.current_profile_id
                    )
                then 0
            else 1
        end as is_turn
    from logins
    inner join devices on logins.user_pseudo_id = devices.user_pseudo_id and devices.is_shared
    inner join {{ ref('profile_ids') }} as current_ids
        on
            logins.component_key = current_ids.component_key
            and current_ids.profile_id = current_ids.current_profile_id
),

counted as (
    select
        turns.*,
        sum(turns.is_turn) over (
            partition by turns.user_pseudo_id
            order by turns.logged_in_at, turns.profile_id
            rows between unbounded preceding and current row
        ) as stay_number
    from turns
),

stays as (
    select
        user_pseudo_id,
        profile_id,
        stay_number,
        min(logged_in_at) as known_at,
        max(ended_at) as ended_at
    from counted
    group by user_pseudo_id, profile_id, stay_number
),

placed as (
    select
        user_pseudo_id,
        profile_id,
        known_at,
        ended_at,
        lead(known_at) over (partition by user_pseudo_id order by stay_number) as next_known_at,
        true as is_shared
    from stays

    union all

    select
        devices.user_pseudo_id,
        current_ids.current_profile_id as profile_id,
        devices.known_at,
        devices.ended_at,
        cast(null as timestamp) as next_known_at,
        false as is_shared
    from devices
    inner join {{ ref('profile_ids') }} as current_ids
        on
            devices.component_key = current_ids.component_key
            and current_ids.profile_id = current_ids.current_profile_id
    where not devices.is_shared
)

-- the only one who ever logs in is taken to use the device for some time before and after; of several, each only from
-- the first login to the end of the visit of the last, and never beyond the next other's
select
    user_pseudo_id,
    profile_id,
    case
        when is_shared then known_at
        else {{ plus_days('known_at', '-' ~ var('identity_keys').ga_pseudo_id.days_before) }}
    end as from_at,
    case
        when not is_shared then {{ plus_days('ended_at', var('identity_keys').ga_pseudo_id.days_after) }}
        else least(ended_at, coalesce(next_known_at, ended_at))
    end as until_at,
    known_at,
    ended_at,
    is_shared
from placed
