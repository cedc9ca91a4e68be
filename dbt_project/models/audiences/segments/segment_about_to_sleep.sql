select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('rfm') }}
where segment = 'about_to_sleep'
