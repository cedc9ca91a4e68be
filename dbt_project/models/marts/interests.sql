{{ config(materialized='view') }}

-- all weights of a person lose as much from day to day, so shares and ranks stay as they are
select
    profile_id,
    interest_type,
    interest,
    cast(anchor_weight as double) * {{ halved('anchor_date', as_of()) }} as weight,
    cast(anchor_weight as double)
    / nullif(cast(sum(anchor_weight) over (partition by profile_id, interest_type) as double), 0) as share,
    evidence_count,
    last_evidence_at,
    row_number() over (
        partition by profile_id, interest_type
        order by anchor_weight desc, last_evidence_at desc, interest asc
    ) as interest_rank
from {{ ref('int_interests_weighed') }}
