with

matches as (
    select
        *,
        least(left_key, right_key) as first_key,
        greatest(left_key, right_key) as second_key
    from {{ ref('matches') }}
    where decision = 'review'
),

-- what a person has decided is not asked again
undecided as (
    select matches.*
    from matches
    left join {{ ref('int_reviews_read') }} as reviewed
        on
            matches.first_key = reviewed.left_key
            and matches.second_key = reviewed.right_key
            and reviewed.action in ('merge', 'split')
    where reviewed.left_key is null
)

select
    undecided.left_key,
    undecided.right_key,
    one.record_type as left_type,
    one.record_id as left_value,
    other.record_type as right_type,
    other.record_id as right_value,
    undecided.match_probability,
    undecided.reason
from undecided
inner join {{ ref('records') }} as one on undecided.left_key = one.record_key
inner join {{ ref('records') }} as other on undecided.right_key = other.record_key
