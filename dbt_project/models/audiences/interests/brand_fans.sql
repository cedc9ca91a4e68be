{%- set fan = var('interest_of_one') -%}
-- one brand of them is an audience with one line more: and max_by(interest, weight) = '…'
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where interest_type = 'brand'
group by profile_id
having
    round(max(weight) / nullif(sum(weight), 0), 6) >= {{ fan.share }}
    and max_by(evidence_count, weight) >= {{ fan.signs }}
