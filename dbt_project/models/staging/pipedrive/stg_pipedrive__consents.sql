{{ config(enabled=is_used('pipedrive')) }}

-- Pipedrive does not say when: see stg_hubspot__consents. no_consent: nothing was stated.
select
    'pipedrive:' || person_id as consent_id,
    person_id,
    'email' as channel,
    'marketing' as purpose,
    case when marketing_status = 'subscribed' then 'granted' else 'withdrawn' end as status,
    case when marketing_status = 'subscribed' then created_at else updated_at end as recorded_at,
    updated_at,
    ingested_at
from {{ ref('stg_pipedrive__persons') }}
where marketing_status in ('subscribed', 'unsubscribed', 'archived')
