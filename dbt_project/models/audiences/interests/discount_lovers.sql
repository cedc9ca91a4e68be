{%- set fan = var('interest_of_one') -%}
-- by the part of what they bought that was reduced, not by one sale
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where interest_type = 'discount'
group by profile_id
having
    sum(case when interest = 'discounted' then weight else 0 end) >= {{ fan.share }} * sum(weight)
    and sum(case when interest = 'discounted' then evidence_count else 0 end) >= {{ fan.signs }}
