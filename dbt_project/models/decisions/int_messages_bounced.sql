-- a message that was refused or sent back reached nobody: by the provider's answer, or by what it reports afterwards;
-- there what happened last counts: a bounce may follow a delivery, and a delivery a failure
select message_id
from {{ ref('stg_feedback__engagements') }}
where status in ('bounced', 'failed', 'rejected', 'delivered') and message_id is not null
group by message_id
having
    max(case when status <> 'delivered' then occurred_at end)
    >= coalesce(max(case when status = 'delivered' then occurred_at end), timestamp '1970-01-01 00:00:00')
union
select message_id
from {{ ref('stg_feedback__deliveries') }}
where status = 'rejected'
