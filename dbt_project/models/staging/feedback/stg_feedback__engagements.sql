with

source as (
    select * from {{ source('raw', 'feedback_engagement') }}
),

latest as (
    {{ latest_version('source', key='event_id', event_at='occurred_at', updated_at='occurred_at') }}
),

deliveries as (
    select * from {{ ref('stg_feedback__deliveries') }}
)

select
    latest.event_id,
    latest.destination,
    latest.channel,
    latest.status,
    -- a provider that carries no id of ours names its own, which it gave when it accepted the message
    coalesce(nullif(trim(latest.message_id), ''), deliveries.message_id) as message_id,
    -- an address of an e-mail is an e-mail; of a text message a number, which providers give in E.164
    case latest.channel
        when 'email' then {{ normalized_email('latest.address') }}
        else nullif(trim(latest.address), '')
    end as address,
    coalesce(latest.is_machine, false) as is_machine,
    latest.occurred_at,
    latest.ingested_at
from latest
left join deliveries
    on
        latest.destination = deliveries.destination
        and deliveries.provider_ref = {{ before_colon('latest.event_id') }}
