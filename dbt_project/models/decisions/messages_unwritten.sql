select
    tokened.message_id,
    tokened.campaign,
    tokened.channel,
    written.unwritten_because as because,
    tokened.decided_at
from {{ ref('int_messages_written') }} as written
inner join {{ ref('int_messages_tokened') }} as tokened on written.message_id = tokened.message_id
where written.unwritten_because is not null
