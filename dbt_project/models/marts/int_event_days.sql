select
    event_date,
    cast(event_date as varchar) as fingerprint_key,
    {{ fingerprint_of(ref('stg_all__events'), ['event_id', 'session_key', 'user_id', 'ingested_at']) }} as fingerprint
from {{ ref('stg_all__events') }}
group by event_date
