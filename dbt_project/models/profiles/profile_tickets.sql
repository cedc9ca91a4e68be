select
    said.ticket_id,
    {{ speaker(has_phone=true) }} as profile_id,
    said.order_id,
    said.brand,
    said.channel,
    said.category,
    said.priority,
    said.status,
    said.is_complaint,
    said.status in ('open', 'pending') as is_open,
    said.opened_at,
    said.solved_at,
    said.updated_at,
    said.ingested_at
from {{ ref('stg_all__tickets') }} as said
{{ join_speakers(has_phone=true) }}
