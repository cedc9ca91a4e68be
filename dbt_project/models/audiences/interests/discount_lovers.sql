-- by the part of what they bought that was reduced, not by one sale
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('interests') }}
where
    interest_type = 'discount'
    and interest = 'discounted'
    and share >= {{ var('interest_of_one').share }}
    and evidence_count >= {{ var('interest_of_one').signs }}
