with

shared as (
    select
        join_key,
        identifier_type
    from {{ ref('int_keys_counted') }}
    where
        records_count > 1 and refused_for is null
        and {{ on_a_day('join_key in (select join_key from ' ~ ref('int_keys_touched') ~ ')') }}
),

reviewed as (
    select left_key as record_key from {{ ref('int_reviews_read') }}
    where action = 'split'
    union
    select right_key as record_key from {{ ref('int_reviews_read') }}
    where action = 'split'
),

known_names as (
    select distinct one_name as name from {{ ref('int_names_alike') }}
),

seen as (
    select
        links.join_key,
        any_value(shared.identifier_type) as identifier_type,
        links.left_key as record_key,
        min(links.first_seen_at) as first_seen_at,
        max(links.last_seen_at) as last_seen_at
    from {{ ref('links') }} as links
    inner join shared on links.join_key = shared.join_key
    group by links.join_key, links.left_key
),

members as (
    select
        seen.*,
        records.given_name,
        records.family_name,
        records.generation,
        records.born_on,
        records.brand,
        {{ plain_first_word('records.given_name') }} as first_word,
        {{ is_weak_name('records.given_name') }} as is_weak,
        reviewed.record_key is not null as is_reviewed
    from seen
    inner join {{ ref('records') }} as records on seen.record_key = records.record_key
    left join reviewed on seen.record_key = reviewed.record_key
),

-- where nothing that could contradict differs, no pair needs a look
compared as (
    select
        join_key,
        max(case when is_weak then 1 else 0 end) = 1 as has_weak,
        {{ several_values('given_name') }}
        or {{ several_values('family_name') }}
        or {{ several_values('generation') }}
        or coalesce(min(born_on) <> max(born_on), false)
        {%- if not var('identity_across_brands') %}
        or min(coalesce(brand, '')) <> max(coalesce(brand, ''))
        {%- endif %}
        or coalesce(
            {{ days_between('min(last_seen_at)', 'max(first_seen_at)') }}
            > {{ of_key('max_gap_days', 'any_value(identifier_type)') }},
            false
        )
        or max(case when is_reviewed then 1 else 0 end) = 1 as has_differences
    from members
    group by join_key
)

select
    members.*,
    known_names.name is not null as is_known_name,
    compared.has_weak,
    compared.has_differences
from members
inner join compared on members.join_key = compared.join_key
left join known_names on members.first_word = known_names.name
