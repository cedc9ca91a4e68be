with

lines as (
    select
        action,
        {{ identifier_key('left_type', 'left_value') }} as one_key,
        right_type,
        right_value,
        {{ identifier_key('right_type', 'right_value') }} as other_key
    from {{ ref('reviewed_identities') }}
),

-- a pin names an id, the others a second record
known as (
    select
        lines.*,
        one.record_key is not null and (lines.action = 'pin' or other.record_key is not null) as is_known
    from lines
    left join {{ ref('records') }} as one on lines.one_key = one.record_key
    left join {{ ref('records') }} as other on lines.other_key = other.record_key
)

select
    action,
    is_known,
    case when action = 'pin' then one_key else least(one_key, other_key) end as left_key,
    case when action = 'pin' then other_key else greatest(one_key, other_key) end as right_key,
    case when action = 'pin' then right_value end as profile_id
from known
