{{ config(enabled=var('matching')) }}

with

accepted as (
    select
        least(left_key, right_key) as left_key,
        greatest(left_key, right_key) as right_key
    from {{ ref('matches') }}
    where decision = 'accepted'
),

-- each pair is a key of its own
sides as (
    select
        left_key,
        right_key,
        left_key as record_key
    from accepted
    union all
    select
        left_key,
        right_key,
        right_key as record_key
    from accepted
),

members as (
    select
        {{ key_of("cast(sides.left_key as varchar) || ':' || cast(sides.right_key as varchar)") }} as join_key,
        'match' as identifier_type,
        records.record_key,
        records.given_name,
        records.family_name,
        records.generation,
        records.born_on,
        records.brand,
        {{ plain_first_word('records.given_name') }} as first_word,
        known_names.one_name is not null as is_known_name,
        records.first_seen_at,
        records.last_seen_at
    from sides
    inner join {{ ref('records') }} as records on sides.record_key = records.record_key
    left join {{ ref('int_names_alike') }} as known_names
        on
            {{ plain_first_word('records.given_name') }} = known_names.one_name
            and known_names.one_name = known_names.other_name
),

contradicted as (
    {{ contradictions('members') }}
),

-- the same address says nothing more: where it may join the two it has
joined as (
    select distinct
        accepted.left_key,
        accepted.right_key
    from accepted
    inner join {{ ref('int_sharers_grouped') }} as one on accepted.left_key = one.record_key
    inner join {{ ref('int_sharers_grouped') }} as other
        on
            accepted.right_key = other.record_key
            and one.join_key = other.join_key
            and one.group_key = other.group_key
),

-- names and a town alone join nobody, however rare the names: something else that is the person's own must agree
supported as (
    select
        accepted.left_key,
        accepted.right_key
    from accepted
    inner join {{ ref('records') }} as one on accepted.left_key = one.record_key
    inner join {{ ref('records') }} as other on accepted.right_key = other.record_key
    where
        (
            {{ edits_between('one.email', 'other.email') }} between 1 and 2
            and {{ regex_replaced('one.email', '[^0-9]', '') }} = {{ regex_replaced('other.email', '[^0-9]', '') }}
        )
        or (
            one.born_on is not null and other.born_on is not null
            and not {{ birth_dates_differ('one.born_on', 'other.born_on') }}
        )
        or (
            {{ regex_found('one.street', '([0-9]+)') }} = {{ regex_found('other.street', '([0-9]+)') }}
            and coalesce(one.postal_code = other.postal_code, lower(one.city) = lower(other.city), true)
        )
        or {{ plain_name('one.company_name') }} = {{ plain_name('other.company_name') }}

    union

    select * from joined
)

select
    left_key,
    right_key,
    reason
from contradicted

union all

select
    accepted.left_key,
    accepted.right_key,
    'names_alone' as reason
from accepted
left join supported
    on
        accepted.left_key = supported.left_key
        and accepted.right_key = supported.right_key
left join contradicted
    on
        accepted.left_key = contradicted.left_key
        and accepted.right_key = contradicted.right_key
where supported.left_key is null and contradicted.left_key is null
