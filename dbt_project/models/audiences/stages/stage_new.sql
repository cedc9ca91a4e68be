select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('lifecycle') }}
where stage = 'new'
