-- Read only on a day: which keys must be decided anew, and which others must be looked at for it.
-- depends_on: {{ ref('records') }}, {{ ref('int_records_changed') }}
with

{% if is_a_day() %}
changed as (
    select record_key from {{ ref('int_records_changed') }}
),

-- what changed records say, and what they said before
said as (
    select
        links.left_key,
        links.right_key,
        links.join_key,
        links.right_type
    from {{ ref('links') }} as links
    inner join changed on links.left_key = changed.record_key

    union

    select
        left_key,
        right_key,
        join_key,
        right_type
    from {{ forgotten('links') }}
),

named as (
    select distinct join_key from said
    where right_type in ('email', 'phone')
),

-- a key that very many name joins nobody, before and after: nobody leans on it
leant_on as (
    select named.join_key
    from named
    left join {{ of_stage('int_keys_counted') }} as counted
        on
            named.join_key = counted.join_key
            and counted.refused_for is not null
            and counted.records_count > 100
    where counted.join_key is null
),

-- a record without a whole name is taken for one of those that it is with: it carries a change on to its other keys
neighbours as (
    select links.left_key as record_key
    from {{ ref('links') }} as links
    inner join leant_on on links.join_key = leant_on.join_key

    union

    select links.left_key as record_key
    from {{ ref('links') }} as links
    inner join changed on links.right_key = changed.record_key
    where links.right_type not in ('email', 'phone', 'ga_pseudo_id')

    union

    select right_key as record_key
    from said
    where right_type not in ('email', 'phone', 'ga_pseudo_id')
),

carrying as (
    select records.record_key
    from {{ ref('records') }} as records
    inner join neighbours on records.record_key = neighbours.record_key
    where {{ is_weak_name('records.given_name') }}
),

decided as (
    select join_key from named

    union

    select links.join_key
    from {{ ref('links') }} as links
    inner join carrying on links.left_key = carrying.record_key
    where links.right_type in ('email', 'phone')
),

-- to tell whom such a record is with, all its keys are needed, though these are not decided anew
members as (
    select distinct links.left_key as record_key
    from {{ ref('links') }} as links
    inner join decided on links.join_key = decided.join_key
    left join named on decided.join_key = named.join_key
    left join leant_on on decided.join_key = leant_on.join_key
    where named.join_key is null or leant_on.join_key is not null
),

beside as (
    select links.join_key
    from {{ ref('links') }} as links
    inner join members on links.left_key = members.record_key
    inner join {{ ref('records') }} as records on links.left_key = records.record_key
    where
        links.right_type in ('email', 'phone')
        and {{ is_weak_name('records.given_name') }}

    union

    select join_key from decided
)

select
    beside.join_key,
    decided.join_key is not null as is_decided
from beside
left join decided on beside.join_key = decided.join_key
{% else %}
nothing as (
    select distinct join_key from {{ ref('links') }}
    where 1 = 0
)

select
    join_key,
    true as is_decided
from nothing
{% endif %}
