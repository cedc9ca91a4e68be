{{
    config(
        materialized='by_days',
        pre_hook=[
            "{{ list_identifiers_touched() }}",
            "{{ forget('identifier_key', 'select identifier_key from ' ~ of_stage('identifiers_touched')) }}"
        ]
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

naming as (
    select * from {{ ref('links') }}
    where
        right_type in ('email', 'phone')
        and {{ on_a_day('right_key in (select identifier_key from ' ~ of_stage('identifiers_touched') ~ ')') }}
),

records as (
    select
        records.record_key,
        records.component_key,
        records.record_type,
        records.record_id,
        records.first_seen_at,
        records.last_seen_at,
        current_ids.current_profile_id as profile_id
    from {{ ref('int_records_grouped') }} as records
    inner join current_ids on records.component_key = current_ids.component_key
    where {{ on_a_day(
        'records.record_key in (select left_key from naming union select record_key from '
        ~ ref('int_records_touched') ~ ')'
    ) }}
),

refused as (
    select join_key from {{ ref('int_keys_counted') }}
    where refused_for is not null
),

-- an address belongs to everybody whose records name it, unless it is blocked or names too many
held as (
    select
        links.right_key as identifier_key,
        records.component_key,
        any_value(links.right_type) as identifier_type,
        any_value(links.right_value) as identifier_value,
        any_value(records.profile_id) as profile_id,
        min(links.first_seen_at) as first_seen_at,
        max(links.last_seen_at) as last_seen_at
    from naming as links
    left join refused on links.join_key = refused.join_key
    inner join records on links.left_key = records.record_key
    where refused.join_key is null
    group by links.right_key, records.component_key
),

shared as (
    select identifier_key from held
    group by identifier_key
    having count(*) > 1
),

devices as (
    select
        'ga_pseudo_id' as identifier_type,
        user_pseudo_id as identifier_value,
        profile_id,
        known_at as first_seen_at,
        ended_at as last_seen_at
    from {{ ref('device_owners') }}
    where
        not is_shared
        and {{ on_a_day('user_pseudo_id in (' ~ devices_touched() ~ ')') }}
)

select
    record_type as identifier_type,
    record_id as identifier_value,
    record_key as identifier_key,
    profile_id,
    false as is_shared,
    first_seen_at,
    last_seen_at
from records
where {{ on_a_day('record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}

union all

select
    held.identifier_type,
    held.identifier_value,
    held.identifier_key,
    held.profile_id,
    shared.identifier_key is not null as is_shared,
    held.first_seen_at,
    held.last_seen_at
from held
left join shared on held.identifier_key = shared.identifier_key

union all

select
    identifier_type,
    identifier_value,
    {{ identifier_key('identifier_type', 'identifier_value') }} as identifier_key,
    profile_id,
    false as is_shared,
    first_seen_at,
    last_seen_at
from devices
