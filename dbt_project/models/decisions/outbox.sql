with

allowed as (
    select * from {{ ref('decisions') }}
    where kind = 'message' and reason is null
)

select
    allowed.message_id,
    allowed.campaign,
    allowed.profile_id,
    allowed.channel,
    case allowed.channel
        when 'sms' then '{{ var("destination_sms") }}'
        else '{{ var("destination_email") }}'
    end as destination,
    allowed.address,
    allowed.message,
    allowed.experiment,
    allowed.variant,
    allowed.purpose,
    written.subject,
    written.body,
    written.html_body,
    profiles.first_name,
    allowed.occurred_at,
    allowed.occasion,
    allowed.priority,
    allowed.decided_at,
    allowed.is_void_after_order,
    allowed.is_void_after_return,
    allowed.is_void_while_ticket,
    beside.reader_ids,
    beside.counted_ids
from allowed
inner join {{ ref('profiles') }} as profiles on allowed.profile_id = profiles.profile_id
-- what could not be written waits in messages_unwritten
inner join {{ ref('int_messages_written') }} as written
    on
        allowed.message_id = written.message_id
        and written.unwritten_because is null
inner join {{ ref('int_messages_beside') }} as beside on allowed.profile_id = beside.profile_id
