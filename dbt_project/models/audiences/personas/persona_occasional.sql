-- the shop's data says which kinds there are; the first word of each one's name is one of four
select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ latest_scores('personas') }} as personas
where persona like 'occasional,%'
