select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ ref('profiles') }}
where first_order_at >= {{ plus_days(as_of(), -30) }}
