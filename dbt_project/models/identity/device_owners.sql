{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget('user_pseudo_id', devices_touched()) }}"
    )
}}

with

current_ids as (
    select
        component_key,
        current_profile_id
    from {{ ref('profile_ids') }}
    where component_key is not null and profile_id = current_profile_id
),

logins as (
    select
        logins.user_pseudo_id,
        logins.logged_in_at,
        logins.ended_at,
        current_ids.current_profile_id as profile_id
    from {{ ref('int_logins_listed') }} as logins
    inner join {{ ref('int_records_grouped') }} as records on logins.record_key = records.record_key
    inner join current_ids on records.component_key = current_ids.component_key
    where {{ on_a_day('logins.user_pseudo_id in (' ~ devices_touched() ~ ')') }}
),

-- consecutive logins of one person are one stay at the device
turns as (
    select
        logins.*,
        case
            when
                logins.profile_id
                = lag(logins.profile_id)
                    over (partition by logins.user_pseudo_id order by logins.logged_in_at, logins.profile_id)
                then 0
            else 1
        end as is_turn
    from logins
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
        stays.*,
        lead(stays.known_at) over (partition by stays.user_pseudo_id order by stays.stay_number) as next_known_at,
        min(stays.profile_id) over (partition by stays.user_pseudo_id)
        <> max(stays.profile_id) over (partition by stays.user_pseudo_id) as is_shared
    from stays
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
