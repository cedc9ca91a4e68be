{%- set fan = var('interest_of_one') -%}
-- by the part of what they bought that was reduced, not by one sale
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where interest_type = 'discount'
group by profile_id
having
    round(sum(case when interest = 'discounted' then weight end) / nullif(sum(weight), 0), 6) >= {{ fan.share }}
    and sum(case when interest = 'discounted' then evidence_count end) >= {{ fan.signs }}
