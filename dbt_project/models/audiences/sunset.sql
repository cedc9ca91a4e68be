-- transactional, for being on it means less mail, not more: no consent is asked for and no control group is left out
select
    profile_id,
    {{ campaign(channel='email', purpose='transactional') }}
from {{ silent_since(var('inactive').sunset_after_days) }} as silent
