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
    allowed.purpose,
    replace(messages.subject, '{first_name}', coalesce(profiles.first_name, 'there')) as subject,
    replace(messages.body, '{first_name}', coalesce(profiles.first_name, 'there')) as body,
    profiles.first_name,
    allowed.occurred_at,
    allowed.occasion,
    allowed.priority,
    allowed.decided_at,
    allowed.is_void_after_order,
    allowed.is_void_after_return,
    allowed.is_void_while_ticket
from allowed
inner join {{ ref('profiles') }} as profiles on allowed.profile_id = profiles.profile_id
-- a message without a text for its channel must not vanish: the test of `body` stops it
left join {{ ref('messages') }} as messages
    on
        allowed.message = messages.message
        and allowed.channel = messages.channel
