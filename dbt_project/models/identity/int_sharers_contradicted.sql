with

-- a record without a whole first name is taken for one of those that it is with
members as (
    select
        listed.join_key,
        listed.identifier_type,
        listed.record_key,
        coalesce(anchored.given_name, listed.given_name) as given_name,
        coalesce(anchored.family_name, listed.family_name) as family_name,
        coalesce(listed.generation, anchored.generation) as generation,
        coalesce(listed.born_on, anchored.born_on) as born_on,
        listed.brand,
        coalesce(anchored.first_word, listed.first_word) as first_word,
        coalesce(anchored.is_known_name, listed.is_known_name) as is_known_name,
        listed.first_seen_at,
        listed.last_seen_at
    from {{ ref('int_sharers_listed') }} as listed
    left join {{ ref('int_sharers_anchored') }} as anchored on listed.record_key = anchored.record_key
    where
        (listed.has_differences or listed.has_weak)
        and not coalesce(anchored.is_torn, false)
)

{{ contradictions('members') }}
