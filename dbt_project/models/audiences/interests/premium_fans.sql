{%- set fan = var('interest_of_one') -%}
-- several levels may be of interest: what counts is the part of the two dear ones
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where interest_type = 'price_level'
group by profile_id
having
    round(sum(case when interest in ('high', 'highest') then weight end) / nullif(sum(weight), 0), 6) >= {{ fan.share }}
    and sum(evidence_count) >= {{ fan.signs }}
