{%- set fan = var('interest_of_one') -%}
-- one category of them is an audience with one line more: and interest = '…'
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where
    interest_type = 'category'
    and interest_rank = 1
    and share >= {{ fan.share }}
    and evidence_count >= {{ fan.signs }}
