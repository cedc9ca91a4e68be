select
    event_date,
    -- a system may say later where a visit came from; the event's own key does not tell
    {{ fingerprint_of(ref('stg_all__events'), [
        'event_id', 'session_key', 'user_id', 'ingested_at', 'item_id', 'source', 'medium', 'campaign', 'channel'
    ]) }} as fingerprint
from {{ ref('stg_all__events') }}
group by event_date
