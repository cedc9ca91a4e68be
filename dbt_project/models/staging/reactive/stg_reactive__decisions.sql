with

source as (
    select * from {{ source('raw', 'reactive_decisions') }}
)

select
    message_id,
    kind,
    campaign,
    profile_id,
    occasion,
    channel,
    outcome,
    decided_at,
    min(because) as because,
    min(rule_version) as rule_version,
    min(experiment) as experiment,
    min(variant) as variant
from source
where decided_at <= {{ as_of() }}
-- a worker that was killed and began anew may say the same twice
group by message_id, kind, campaign, profile_id, occasion, channel, outcome, decided_at
