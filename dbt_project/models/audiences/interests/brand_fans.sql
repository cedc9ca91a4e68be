{%- set fan = var('interest_of_one') -%}
-- one brand of them is an audience with one line more: and interest = '…'
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where
    interest_type = 'brand'
    and interest_rank = 1
    and share >= {{ fan.share }}
    and evidence_count >= {{ fan.signs }}
