{{
    config(
        enabled=var('matching'),
        materialized='by_days',
        pre_hook=["{{ remember_where('true') }}", "{{ forget_where('true') }}"]
    )
}}

-- what is probable joins last, and only where the records, a person's word or the brands do not say otherwise
select
    matches.left_key,
    matches.right_key,
    'match' as via_type,
    matches.right_key as via_key,
    {{ of_key('strength', "'match'") }} as strength,
    greatest(one.first_seen_at, other.first_seen_at) as first_seen_at
from {{ ref('matches') }} as matches
inner join {{ ref('records') }} as one on matches.left_key = one.record_key
inner join {{ ref('records') }} as other on matches.right_key = other.record_key
left join {{ ref('int_matches_contradicted') }} as contradicted
    on
        least(matches.left_key, matches.right_key) = contradicted.left_key
        and greatest(matches.left_key, matches.right_key) = contradicted.right_key
where matches.decision = 'accepted' and contradicted.left_key is null
