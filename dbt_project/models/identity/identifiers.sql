{{
    config(
        materialized='incremental',
        incremental_strategy='append',
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

records as (
    select
        records.record_key,
        records.record_type,
        records.record_id,
        records.first_seen_at,
        records.last_seen_at,
        current_ids.current_profile_id as profile_id
    from {{ ref('int_records_grouped') }} as records
    inner join current_ids on records.component_key = current_ids.component_key
),

-- an address belongs to everybody whose records name it, unless it is blocked or names too many
held as (
    select
        links.right_type as identifier_type,
        links.right_value as identifier_value,
        links.right_key as identifier_key,
        records.profile_id,
        min(links.first_seen_at) as first_seen_at,
        max(links.last_seen_at) as last_seen_at
    from {{ ref('links') }} as links
    inner join {{ ref('int_keys_counted') }} as counted on links.join_key = counted.join_key
    inner join records on links.left_key = records.record_key
    where
        counted.refused_for is null
        and {{ on_a_day('links.right_key in (select identifier_key from ' ~ of_stage('identifiers_touched') ~ ')') }}
    group by links.right_type, links.right_value, links.right_key, records.profile_id
),

devices as (
    select
        'ga_pseudo_id' as identifier_type,
        user_pseudo_id as identifier_value,
        profile_id,
        min(known_at) as first_seen_at,
        max(ended_at) as last_seen_at
    from {{ ref('device_owners') }}
    where
        not is_shared
        and {{ on_a_day('user_pseudo_id in (' ~ devices_touched() ~ ')') }}
    group by user_pseudo_id, profile_id
),

listed as (
    select
        record_type as identifier_type,
        record_id as identifier_value,
        record_key as identifier_key,
        profile_id,
        first_seen_at,
        last_seen_at
    from records
    where {{ on_a_day('record_key in (select record_key from ' ~ ref('int_records_touched') ~ ')') }}

    union all

    select * from held

    union all

    select
        identifier_type,
        identifier_value,
        {{ identifier_key('identifier_type', 'identifier_value') }} as identifier_key,
        profile_id,
        first_seen_at,
        last_seen_at
    from devices
)

select
    identifier_type,
    identifier_value,
    identifier_key,
    profile_id,
    count(*) over (partition by identifier_key) > 1 as is_shared,
    first_seen_at,
    last_seen_at
from listed
