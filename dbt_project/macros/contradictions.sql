{#- Which records under one key contradict each other, and by what: one row per such pair.
    `members` is a relation of join_key, identifier_type, record_key, given_name, family_name, generation, born_on, brand,
    is_known_name, first_seen_at, last_seen_at; every pair of records under one join_key is looked at, so it must hold few
    records a key. Needs {{ ref('int_names_alike') }} and {{ ref('int_reviews_read') }} beside it. -#}
{% macro contradictions(members) -%}
select
    pairs.join_key,
    pairs.identifier_type,
    pairs.left_key,
    pairs.right_key,
    pairs.reason
from (
    select
        one.join_key,
        one.identifier_type,
        one.record_key as left_key,
        other.record_key as right_key,
        case
            when reviewed.left_key is not null then 'split_by_review'
            {%- if not var('identity_across_brands') %}
            when coalesce(one.brand, '') <> coalesce(other.brand, '') then 'other_brand'
            {%- endif %}
            when one.generation <> other.generation then 'names_differ'
            when
                not {{ names_swapped('one', 'other') }}
                and (
                    {{ given_names_differ(
                        'one.given_name', 'other.given_name', 'alike.one_name is not null',
                        'one.is_known_name', 'other.is_known_name'
                    ) }}
                    or (
                        (
                            {{ of_key('names', 'one.identifier_type') }} = 'both'
                            or {{ is_weak_name('one.given_name') }}
                            or {{ is_weak_name('other.given_name') }}
                        )
                        and not coalesce(one.born_on = other.born_on and one.given_name = other.given_name, false)
                        and ({{ of_key('names', 'one.identifier_type') }} = 'both' or one.given_name is not null)
                        and ({{ of_key('names', 'one.identifier_type') }} = 'both' or other.given_name is not null)
                        and {{ family_names_differ('one.family_name', 'other.family_name') }}
                    )
                )
                then 'names_differ'
            when
                {{ birth_dates_differ('one.born_on', 'other.born_on') }}
                -- of one whole name under one address: father and son, or one of the dates is wrong
                and not (
                    one.family_name is not null and other.family_name is not null
                    and {{ at_most_edits('one.given_name', 'other.given_name', 1) }}
                    and not {{ is_weak_name('one.given_name') }} and not {{ is_weak_name('other.given_name') }}
                    and not {{ family_names_differ('one.family_name', 'other.family_name') }}
                    and abs(extract(year from one.born_on) - extract(year from other.born_on)) <= 12
                )
                then 'birth_dates_differ'
            when
                {{ days_between('least(one.last_seen_at, other.last_seen_at)', 'greatest(one.first_seen_at, other.first_seen_at)') }}
                > {{ of_key('max_gap_days', 'one.identifier_type') }}
                and not coalesce(one.given_name = other.given_name and one.family_name = other.family_name, false)
                then 'outside_window'
        end as reason
    from {{ members }} as one
    inner join {{ members }} as other
        on
            one.join_key = other.join_key
            and one.record_key < other.record_key
    left join {{ ref('int_names_alike') }} as alike
        on
            one.first_word = alike.one_name
            and other.first_word = alike.other_name
    left join {{ ref('int_reviews_read') }} as reviewed
        on
            reviewed.action = 'split'
            and one.record_key = reviewed.left_key
            and other.record_key = reviewed.right_key
) as pairs
where pairs.reason is not null
{%- endmacro %}

{#- For every record that is contradicted, the set of those that contradict it, as one key. Records that the very same others
    contradict are told apart from them and from nobody else: they are one group. -#}
{% macro contradicted_sets(contradicted) -%}
select
    join_key,
    record_key,
    {{ key_of_set('other_key') }} as group_key
from (
    select
        join_key,
        left_key as record_key,
        right_key as other_key
    from {{ contradicted }}
    union all
    select
        join_key,
        right_key as record_key,
        left_key as other_key
    from {{ contradicted }}
) as both_ways
group by join_key, record_key
{%- endmacro %}
