-- a message that was refused or sent back reached nobody: by the provider's answer, or by what it reports afterwards
select message_id
from {{ ref('stg_feedback__engagements') }}
where status in ('bounced', 'failed', 'rejected') and message_id is not null
union
select message_id
from {{ ref('stg_feedback__deliveries') }}
where status = 'rejected'
