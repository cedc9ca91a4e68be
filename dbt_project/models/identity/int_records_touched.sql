-- The records whose profile may have changed, all those that hang or hung together with them, and whose they were.
-- On a day only these are worked out anew; in a rebuild all records that the last run knew are here, for `changes`.
-- depends_on: {{ ref('int_keys_touched') }}, {{ ref('int_records_changed') }}, {{ ref('links') }}
-- depends_on: {{ ref('int_links_cut') }}
with

{% if is_a_day() %}
-- a guest is somebody as long as any address of theirs is
guests as (
    select links.left_key as record_key
    from {{ ref('links') }} as links
    inner join {{ ref('int_keys_touched') }} as touched on links.join_key = touched.join_key
    where links.left_type = 'guest' and touched.is_decided
),

-- what a reviewed split cuts may change with any link on the way
cuts as (
    select * from {{ ref('int_links_cut') }}
    union
    select * from {{ forgotten('int_links_cut') }}
),

seeds as (
    select record_key from {{ ref('int_records_changed') }}
    union
    select one_key as record_key from cuts
    union
    select other_key as record_key from cuts
    union
    select left_key as record_key from {{ ref('int_links_moved') }}
    union
    select right_key as record_key from {{ ref('int_links_moved') }}
    union
    select record_key from guests
),

hanging as (
    select distinct components.component_key
    from {{ of_stage('int_components_settled') }} as components
    inner join seeds on components.node_key = seeds.record_key
),

touched as (
    select record_key from seeds
    union
    select components.node_key as record_key
    from {{ of_stage('int_components_settled') }} as components
    inner join hanging on components.component_key = hanging.component_key
),
{% elif was_run_before() %}
touched as (
    select record_key from {{ of_stage('int_records_grouped') }}
),
{% else %}
touched as (
    select left_key as record_key from {{ ref('int_links_moved') }}
),
{% endif %}

before as (
    {% if was_run_before() %}
    select
        records.record_key,
        profile_ids.current_profile_id as profile_id
    from {{ of_stage('int_records_grouped') }} as records
    inner join {{ of_stage('profile_ids') }} as profile_ids
        on
            records.component_key = profile_ids.component_key
            and profile_ids.profile_id = profile_ids.current_profile_id
    where {{ on_a_day('records.record_key in (select touched.record_key from touched)') }}
    {% else %}
    select
        record_key,
        cast(null as varchar) as profile_id
    from touched
    {% endif %}
)

select
    touched.record_key,
    before.profile_id as profile_id_before
from touched
left join before on touched.record_key = before.record_key
