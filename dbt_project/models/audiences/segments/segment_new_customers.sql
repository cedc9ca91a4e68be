select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('rfm') }}
where segment = 'new_customers'
