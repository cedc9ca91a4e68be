select
    profile_id,
    scenario,
    max(sent_at) as last_sent_at
from {{ ref('int_messages_read') }}
group by profile_id, scenario
